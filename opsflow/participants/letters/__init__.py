"""Letters to participants: filled from templates for whoever sends them, and noted once they were written."""
