"""Campaigns side by side, and a year's results in one table."""
