"""Forecasts from past campaigns."""
