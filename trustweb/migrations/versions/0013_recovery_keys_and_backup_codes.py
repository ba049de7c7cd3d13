"""Recovery keys and backup codes"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    on_paper(
        "recovery_key",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", Moment(timezone=True), nullable=True),
    )
    on_paper(
        "backup_codes",
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("codes_left", sa.Integer(), nullable=False),
    )
    op.create_table(
        "new_recovery_key",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_new_recovery_key_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_new_recovery_key")),
    )
    op.create_table(
        "backup_code",
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["factor_id"], ["backup_codes.factor_id"],
            name=op.f("fk_backup_code_factor_id_backup_codes"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("factor_id", "code_hash", name=op.f("pk_backup_code")),
    )  # fmt: skip


def on_paper(table: str, *columns: "sa.Column[Any]") -> None:
    op.create_table(
        table,
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", Moment(timezone=True), nullable=True),
        *columns,
        sa.ForeignKeyConstraint(
            ["factor_id"], ["factor.id"], name=op.f(f"fk_{table}_factor_id_factor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("factor_id", name=op.f(f"pk_{table}")),
    )
    live = sa.text("removed_at IS NULL")
    op.create_index(
        f"uq_{table}_account_id", table, ["account_id"], unique=True, sqlite_where=live, postgresql_where=live
    )
