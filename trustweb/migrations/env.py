"""Alembic's way in. ``trustweb db upgrade`` hands it a connection."""

from alembic import context

from trustweb.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
with context.begin_transaction():
    context.run_migrations()
