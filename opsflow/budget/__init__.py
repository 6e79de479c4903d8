"""What a campaign's prizes may cost: a cap that nothing passes, and a ledger of each movement."""
