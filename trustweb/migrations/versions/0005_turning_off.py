"""When two-factor is to be off"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("two_factor_off_at", Moment(timezone=True), nullable=True))
    op.create_index("ix_account_two_factor_off_at", "account", ["two_factor_off_at"])
