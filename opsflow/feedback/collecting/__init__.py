"""Asking participants: whom a letter is due to, and what became of it. Who has answered is asked nothing more."""
