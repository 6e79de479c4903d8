"""Alembic's environment and the steps from one schema to the next; driven by `opsflow.db.migrate` only."""
