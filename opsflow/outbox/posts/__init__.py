"""Messages as they stand on channels: what they show of matters, and how they are brought up to date."""
