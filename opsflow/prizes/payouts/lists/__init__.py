"""What is paid is approved before, by the hash of exactly these payouts."""
