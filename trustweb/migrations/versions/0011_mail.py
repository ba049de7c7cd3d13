"""Addresses that were proved, and the links that prove them"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_address",
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["factor_id"], ["factor.id"], name=op.f("fk_mail_address_factor_id_factor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("factor_id", name=op.f("pk_mail_address")),
    )
    op.create_table(
        "mail_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_mail_link_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_link")),
    )
    op.create_index(op.f("ix_mail_link_account_id"), "mail_link", ["account_id"])
    op.create_index(op.f("ix_mail_link_expires_at"), "mail_link", ["expires_at"])
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(sa.Column("link_id", sa.Integer(), nullable=True))
        delivery.create_foreign_key(
            op.f("fk_delivery_link_id_mail_link"), "mail_link", ["link_id"], ["id"], ondelete="CASCADE"
        )
        delivery.create_index("ix_delivery_link_id", ["link_id"])
    op.add_column("invitation", sa.Column("by_mail", sa.Boolean(), server_default=sa.false(), nullable=False))
