"""Who did something when, new users, and who came back."""
