"""Alembic's entry: runs the migrations on the connection that executor.ledger.migrating hands over."""

from alembic import context

from executor.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
