"""What of a campaign's feedback is still open before it can close."""
