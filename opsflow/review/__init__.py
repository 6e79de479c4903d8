"""Review: what campaigns teach. Changes of the SOP, planned against actual, comparisons, the archive."""
