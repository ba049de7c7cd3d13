"""Alembic's way in. ``trustweb db upgrade`` hands it a connection."""

from alembic import context

from trustweb.models import Base
from trustweb.models.base import set_index_conditions

set_index_conditions(context.config.attributes["connection"].dialect.name)
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
with context.begin_transaction():
    context.run_migrations()
