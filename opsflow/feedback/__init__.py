"""What participants think: surveys, their words, return visits."""
