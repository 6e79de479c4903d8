"""Holding our books against the provider's: five classes, each difference a case of its own."""
