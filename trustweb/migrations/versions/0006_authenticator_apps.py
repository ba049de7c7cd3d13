"""Authenticator apps, and trusted devices' own codes"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authenticator_app",
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["factor_id"], ["factor.id"], name=op.f("fk_authenticator_app_factor_id_factor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("factor_id", name=op.f("pk_authenticator_app")),
    )
    op.add_column("trusted_device", sa.Column("shows_until", Moment(timezone=True), nullable=True))
    op.add_column("trusted_device", sa.Column("last_step", sa.Integer(), server_default="0", nullable=False))
