"""What a re-plan writes of stages and tasks."""
