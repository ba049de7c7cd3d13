"""Which device a factor is lost with"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("factor", sa.Column("kept_on", sa.String(length=64), server_default="", nullable=False))
