"""How a person wants to be called, and when an account will be deleted"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("display_name", sa.String(length=64), server_default="", nullable=False))
    op.add_column("account", sa.Column("deletes_at", Moment(timezone=True), nullable=True))
    planned = sa.text("deletes_at IS NOT NULL")
    op.create_index("ix_account_deletes_at", "account", ["deletes_at"], sqlite_where=planned, postgresql_where=planned)
    op.create_table(
        "deleted_account",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("mac", sa.String(length=97), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_account")),
    )
    op.add_column("site", sa.Column("last_account", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE site SET last_account = (SELECT coalesce(max(id), 0) FROM account)")
