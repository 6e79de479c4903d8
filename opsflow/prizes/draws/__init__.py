"""Who takes part in a draw, sealing it before its number is known, drawing it, and proving it."""
