"""What payouts that are not settled wait for."""
