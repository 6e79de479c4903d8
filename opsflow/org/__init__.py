"""The organisation: departments, people, who stands in for whom."""
