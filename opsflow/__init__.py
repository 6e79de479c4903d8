"""opsflow runs a campaign-operations team's standard operating procedure."""

__version__ = "0.1.0"
