"""Holding our books against the provider's: six classes, each difference a case of its own."""
