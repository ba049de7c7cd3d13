"""Recovery of accounts whose factors are all lost"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("recovers_at", Moment(timezone=True), nullable=True))
    op.add_column("account", sa.Column("password_by_mail", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "recovery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("started_at", Moment(timezone=True), nullable=False),
        sa.Column("waited", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seen_at", Moment(timezone=True), nullable=False),
        sa.Column("link_until", Moment(timezone=True), nullable=True),
        sa.Column("half_told_at", Moment(timezone=True), nullable=True),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("browser_name", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by"], ["factor.id"], name=op.f("fk_recovery_cancelled_by_factor"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_recovery_token_hash")),
    )
    op.create_index(op.f("ix_recovery_account_id"), "recovery", ["account_id"])
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_recovery_open",
        "recovery",
        ["account_id", "kind"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
