"""Working days, working hours, and the calendars they are counted on."""
