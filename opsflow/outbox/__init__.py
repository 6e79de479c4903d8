"""Telling people: notices written by use cases in their own transaction, and their delivery."""
