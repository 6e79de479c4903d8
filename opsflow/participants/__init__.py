"""Who takes part in a campaign, and what they have done in it; personal data stand apart and can be erased."""
