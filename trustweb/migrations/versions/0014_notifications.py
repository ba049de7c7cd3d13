"""Where notifications for trusted devices go"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trusted_device", sa.Column("push_to", sa.Text(), nullable=True))
