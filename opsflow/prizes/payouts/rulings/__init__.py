"""What became of a payout that neither provider nor statement can tell of: two people say, and how they know."""
