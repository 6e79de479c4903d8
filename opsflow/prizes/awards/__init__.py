"""Who won what: recorded once, whatever is repeated, with the money for it reserved."""
