"""Everything that a campaign measures, at a look."""
