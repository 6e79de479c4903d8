"""Alerts: a KPI that is off track is told once, and again when it has recovered."""
