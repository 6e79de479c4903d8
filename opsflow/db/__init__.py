"""The database: tables, the session (the only commit), migrations."""
