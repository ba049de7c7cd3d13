"""Which links were asked for in a browser that the account knows"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mail_link", sa.Column("known_browser", sa.Boolean(), nullable=False, server_default=sa.false()))
