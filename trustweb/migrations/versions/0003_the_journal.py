"""The journal"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment
from trustweb.models.journal import triggers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("journal_seq", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("account", sa.Column("journal_head", sa.String(length=97), nullable=False, server_default=""))
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=97), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_journal_entry_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("account_id", "seq", name=op.f("uq_journal_entry_account_id")),
    )
    op.create_table(
        "journal_cut",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("last_mac", sa.String(length=97), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("mac", sa.String(length=97), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_journal_cut_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_cut")),
        sa.UniqueConstraint("account_id", "seq", name=op.f("uq_journal_cut_account_id")),
    )
    for statement in triggers(op.get_bind().dialect.name):
        op.execute(statement)
