"""What Alembic runs: the pending steps, inside the transaction that `opsflow.db.migrate` opened."""

from alembic import context

from opsflow.db.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
