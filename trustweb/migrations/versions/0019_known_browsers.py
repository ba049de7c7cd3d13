"""Whether any account knows a browser"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_known_browser_token_hash", "known_browser", ["token_hash"])
