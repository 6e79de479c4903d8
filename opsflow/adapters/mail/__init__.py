"""Mail servers that take letters to participants."""
