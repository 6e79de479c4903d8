"""Incidents: who is told at once, who has it in hand, plan B, and how it ended."""
