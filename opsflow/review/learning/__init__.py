"""What past campaigns teach about lengths: planned against actual working days, and what the SOP should say."""
