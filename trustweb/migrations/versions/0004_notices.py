"""Notices of what was changed, and freezing"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("frozen_until", Moment(timezone=True), nullable=True))
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(sa.Column("kind", sa.String(length=8), server_default="code", nullable=False))
        delivery.alter_column("challenge_id", existing_type=sa.Integer(), nullable=True)
        delivery.alter_column("destination", existing_type=sa.String(length=20), type_=sa.String(length=320))
        for name, target in (("account_id", "account"), ("factor_id", "factor")):
            delivery.add_column(sa.Column(name, sa.Integer(), nullable=True))
            key = op.f(f"fk_delivery_{name}_{target}")
            delivery.create_foreign_key(key, target, [name], ["id"], ondelete="CASCADE")
        delivery.add_column(sa.Column("from_seq", sa.Integer(), nullable=True))
        delivery.add_column(sa.Column("answered_at", Moment(timezone=True), nullable=True))
        delivery.create_index("ix_delivery_factor_id", ["factor_id"])
