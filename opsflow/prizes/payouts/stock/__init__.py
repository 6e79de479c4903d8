"""Codes that can be given away, each to one winner."""
