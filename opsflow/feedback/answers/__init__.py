"""Answers to the survey that were given in other tools."""
