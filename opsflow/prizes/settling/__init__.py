"""What of a campaign's prizes is still open before it can close, and what became of each."""
