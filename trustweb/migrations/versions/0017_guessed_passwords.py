"""Guessed passwords that owners hear of"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("guessed_at", Moment(timezone=True), nullable=True))
    op.add_column("account", sa.Column("guesses_untold", sa.Boolean(), nullable=False, server_default=sa.false()))
    untold = sa.text("guesses_untold")
    op.create_index(
        "ix_account_guesses_untold", "account", ["guesses_untold"], sqlite_where=untold, postgresql_where=untold
    )
