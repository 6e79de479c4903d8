"""What participants said in their own words, and what it is about."""
