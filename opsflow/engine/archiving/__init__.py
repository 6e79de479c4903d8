"""The archive of a campaign: one folder that can be read without opsflow."""
