"""Planning the rest of a campaign under way: what is done stays, what is ahead gives way."""
