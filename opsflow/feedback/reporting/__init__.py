"""What came of a survey and of return visits, counted."""
