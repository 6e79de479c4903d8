"""The self-check: ten modules of ten points, scored by people who did not write them."""
