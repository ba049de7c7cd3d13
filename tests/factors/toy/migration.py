"""Secret words, a toy"""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "HEAD"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secret_word",
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("word_hash", sa.String(64), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["factor_id"], ["factor.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("factor_id"),
    )
