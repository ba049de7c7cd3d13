"""Trusted devices, and from where a session came"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trusted_device",
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("skips_code", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.Column("seen_at", Moment(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_trusted_device_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["factor_id"], ["factor.id"], name=op.f("fk_trusted_device_factor_id_factor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("factor_id", name=op.f("pk_trusted_device")),
        sa.UniqueConstraint("handle", name=op.f("uq_trusted_device_handle")),
    )
    op.create_index("ix_trusted_device_account_id", "trusted_device", ["account_id"])
    op.add_column("session", sa.Column("browser_hash", sa.String(length=64), nullable=True))
    op.add_column("session", sa.Column("browser_name", sa.String(length=64), server_default="", nullable=False))
    op.add_column("session", sa.Column("address", sa.String(length=45), server_default="", nullable=False))
    op.add_column("session", sa.Column("ended_how", sa.String(length=16), nullable=True))
