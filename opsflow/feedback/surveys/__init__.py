"""A campaign's survey: opened once, asked by links of their own, answered once by each, closed on time."""
