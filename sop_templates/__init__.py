"""Text and policy that people may edit: the SOP, document and message templates, calendars, samples."""
