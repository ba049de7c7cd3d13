"""Passkeys, their accounts' handles, and the host that they are for"""

import secrets

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", Moment(timezone=True), nullable=True),
        sa.Column("credential_id", sa.String(length=1364), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("user_verified", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["factor_id"], ["factor.id"], name=op.f("fk_passkey_factor_id_factor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("factor_id", name=op.f("pk_passkey")),
    )
    live = sa.text("removed_at IS NULL")
    op.create_index(
        "uq_passkey_credential_id", "passkey", ["credential_id"],
        unique=True, sqlite_where=live, postgresql_where=live,
    )  # fmt: skip
    op.create_table(
        "used_challenge",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_used_challenge")),
    )
    op.create_index("ix_used_challenge_expires_at", "used_challenge", ["expires_at"])
    op.add_column("site", sa.Column("rp_id", sa.String(length=253), nullable=True))
    op.add_column("account", sa.Column("user_handle", sa.String(length=43), server_default="", nullable=False))
    account = sa.table("account", sa.column("id"), sa.column("user_handle"))
    connection = op.get_bind()
    give = sa.update(account).where(account.c.id == sa.bindparam("of")).values(user_handle=sa.bindparam("handle"))
    if rows := connection.scalars(sa.select(account.c.id)).all():
        connection.execute(give, [{"of": each, "handle": secrets.token_urlsafe(32)} for each in rows])
