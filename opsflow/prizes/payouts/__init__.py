"""Paying what was won, once and only once: intent, claim, send, classify, resolve, confirm."""
