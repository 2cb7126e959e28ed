"""Run by Alembic on the connection it is handed, within the transaction that holds the migration lock."""

from alembic import context

from forgelake.state.migrating import VERSION_TABLE
from forgelake.state.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
