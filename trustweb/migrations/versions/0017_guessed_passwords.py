"""Names whose passwords were guessed at, until their owners hear of it"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guessed_name",
        sa.Column("name_key", sa.String(length=254), nullable=False),
        sa.Column("guessed_at", Moment(timezone=True), nullable=False),
        sa.Column("untold", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("name_key", name="pk_guessed_name"),
    )
    op.create_index("ix_guessed_name_guessed_at", "guessed_name", ["guessed_at"])
