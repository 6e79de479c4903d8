"""What finance declares of taxable prizes: who won what, the tax on it, and the number that it is declared under."""
