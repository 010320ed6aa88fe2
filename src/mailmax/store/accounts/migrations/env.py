"""Alembic's environment: the connection is handed in by `database.migrate`."""

from alembic import context

from mailmax.store.accounts.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
