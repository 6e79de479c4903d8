"""What happened, who did it, and to what: written once, never changed."""
