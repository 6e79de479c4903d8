"""Stopping the payouts of one campaign, and letting them go on."""
