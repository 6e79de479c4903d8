"""Prefect lives here and in one adapter; no rule, no SQL."""
