"""What every other package may use: errors, the clock, text in two languages, names, keys, time zones."""
