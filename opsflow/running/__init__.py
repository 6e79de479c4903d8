"""`opsflow up`: the processes that run a workspace on one machine, and what watches over them."""
