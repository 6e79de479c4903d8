"""Campaign files, level policy, and the planner that turns them into dates and owners."""
