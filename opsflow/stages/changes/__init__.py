"""What people change beside finishing: what they say of a task, tasks that come and go, gates that are let pass."""
