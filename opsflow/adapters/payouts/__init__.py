"""Providers of payouts: over HTTP, and in memory."""
