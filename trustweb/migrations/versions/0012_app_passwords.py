"""App-specific passwords"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_password",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("handle", sa.String(length=8), nullable=False),
        sa.Column("mac", sa.String(length=97), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("last_used_at", Moment(timezone=True), nullable=True),
        sa.Column("last_address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("revoked_at", Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_app_password_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_password")),
        sa.UniqueConstraint("handle", name=op.f("uq_app_password_handle")),
        sa.UniqueConstraint("public_id", name=op.f("uq_app_password_public_id")),
    )
    op.create_index(op.f("ix_app_password_account_id"), "app_password", ["account_id"])
    op.create_index(op.f("ix_app_password_revoked_at"), "app_password", ["revoked_at"])
