"""Deadlines tracked as rows: reminders before, escalation after; killed when their matter closes or moves."""
