"""`opsflow doctor`: looks at everything that a workspace rests on, changes nothing, and names the cure of what is wrong."""
