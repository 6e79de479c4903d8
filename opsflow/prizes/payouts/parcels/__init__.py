"""Prizes that are shipped: a manifest out, confirmations in."""
