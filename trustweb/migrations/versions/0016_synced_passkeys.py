"""Whether a passkey may be copied to other devices, and how browsers reach it"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("passkey", sa.Column("backup_eligible", sa.Boolean(), nullable=True))
    op.add_column("passkey", sa.Column("transports", sa.String(length=64), server_default="", nullable=False))
    op.execute("UPDATE passkey SET backup_eligible = backed_up WHERE backed_up")
    # Only a count that fell has turned passkeys off, and of a copied one it means nothing.
    op.execute(
        "UPDATE factor SET disabled_at = NULL WHERE id IN (SELECT factor_id FROM passkey WHERE backed_up) "
        "AND disabled_at IS NOT NULL"
    )
