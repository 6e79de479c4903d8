"""Prizes: who takes part in a draw, how it is sealed before its number is known, and the proof anybody can check."""
