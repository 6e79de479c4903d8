"""A plan as files for other programs: a workbook, a table of text, a calendar."""
