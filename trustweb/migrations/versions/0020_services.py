"""Services behind the account"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=64), server_default="", nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("oidc", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("browser", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("program", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("needs", sa.String(length=16), server_default="password", nullable=False),
        sa.Column("within", sa.Integer(), nullable=True),
        sa.Column("groups", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("user_is", sa.String(length=8), server_default="id", nullable=False),
        sa.Column("asks_consent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pkce", sa.String(length=8), server_default="required", nullable=False),
        sa.Column("secret_mac", sa.String(length=97), nullable=True),
        sa.Column("older_secret_mac", sa.String(length=97), nullable=True),
        sa.Column("redirect_uris", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("logout_redirect_uris", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("logout_uri", sa.String(length=512), nullable=True),
        sa.Column("origin", sa.String(length=255), nullable=True),
        sa.Column("read_by", sa.JSON(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
        sa.UniqueConstraint("client_id", name="uq_service_client_id"),
        sa.UniqueConstraint("name", name="uq_service_name"),
        sa.UniqueConstraint("origin", name="uq_service_origin"),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("signs_from", Moment(timezone=True), nullable=False),
        sa.Column("retired_at", Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
        sa.UniqueConstraint("kid", name="uq_signing_key_kid"),
    )
    op.create_table(
        "account_group",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_group_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name="pk_account_group"),
    )
    op.create_index("ix_account_group_name", "account_group", ["name"], unique=False)
    op.create_table(
        "service_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("sub", sa.String(length=43), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("scopes", sa.String(length=128), server_default="", nullable=False),
        sa.Column("consented_at", Moment(timezone=True), nullable=True),
        sa.Column("last_used_at", Moment(timezone=True), nullable=True),
        sa.Column("last_address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("last_browser", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_service_access_account_id_account", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name="fk_service_access_service_id_service", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_access"),
        sa.UniqueConstraint("account_id", "service_id", name="uq_service_access_account_id"),
        sa.UniqueConstraint("sub", name="uq_service_access_sub"),
    )
    op.create_index("ix_service_access_service_id", "service_access", ["service_id"], unique=False)
    op.create_table(
        "service_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("family", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.Column("spent_at", Moment(timezone=True), nullable=True),
        sa.Column("redirect_uri", sa.String(length=512), nullable=False),
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("nonce", sa.String(length=512), nullable=False),
        sa.Column("code_challenge", sa.String(length=128), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=2048), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_service_code_account_id_account", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name="fk_service_code_service_id_service", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name="fk_service_code_session_id_session", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_code"),
        sa.UniqueConstraint("code_hash", name="uq_service_code_code_hash"),
    )
    op.create_index("ix_service_code_account_id", "service_code", ["account_id"], unique=False)
    op.create_index("ix_service_code_expires_at", "service_code", ["expires_at"], unique=False)
    op.create_index("ix_service_code_session_id", "service_code", ["session_id"], unique=False)
    op.create_table(
        "service_request",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.Column("consented_at", Moment(timezone=True), nullable=True),
        sa.Column("done_at", Moment(timezone=True), nullable=True),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name="fk_service_request_service_id_service", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name="fk_service_request_session_id_session", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_request"),
    )
    op.create_index("ix_service_request_expires_at", "service_request", ["expires_at"], unique=False)
    op.create_index("ix_service_request_session_id", "service_request", ["session_id"], unique=False)
    op.create_table(
        "service_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("started_at", Moment(timezone=True), nullable=False),
        sa.Column("last_seen_at", Moment(timezone=True), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.Column("ended_at", Moment(timezone=True), nullable=True),
        sa.Column("auth_time", Moment(timezone=True), nullable=False),
        sa.Column("acr", sa.String(length=16), nullable=False),
        sa.Column("amr", sa.String(length=64), nullable=False),
        sa.Column("by_factor", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("proved_by", sa.Integer(), nullable=True),
        sa.Column("browser_name", sa.String(length=64), server_default="", nullable=False),
        sa.Column("address", sa.String(length=45), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_service_session_account_id_account", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["proved_by"], ["factor.id"], name="fk_service_session_proved_by_factor", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name="fk_service_session_service_id_service", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name="fk_service_session_session_id_session", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_session"),
        sa.UniqueConstraint("sid", name="uq_service_session_sid"),
        sa.UniqueConstraint("token_hash", name="uq_service_session_token_hash"),
    )
    op.create_index("ix_service_session_account_id", "service_session", ["account_id"], unique=False)
    op.create_index("ix_service_session_expires_at", "service_session", ["expires_at"], unique=False)
    op.create_index("ix_service_session_proved_by", "service_session", ["proved_by"], unique=False)
    op.create_index("ix_service_session_service_id", "service_session", ["service_id"], unique=False)
    op.create_index("ix_service_session_session_id", "service_session", ["session_id"], unique=False)
    op.create_table(
        "service_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("family", sa.String(length=22), nullable=False),
        sa.Column("service_session_id", sa.Integer(), nullable=False),
        sa.Column("offline", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.Column("spent_at", Moment(timezone=True), nullable=True),
        sa.Column("successor", sa.String(length=22), nullable=True),
        sa.Column("revoked_at", Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_session_id"],
            ["service_session.id"],
            name="fk_service_token_service_session_id_service_session",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_token"),
        sa.UniqueConstraint("handle", name="uq_service_token_handle"),
    )
    op.create_index("ix_service_token_expires_at", "service_token", ["expires_at"], unique=False)
    op.create_index("ix_service_token_family", "service_token", ["family"], unique=False)
    op.create_index("ix_service_token_service_session_id", "service_token", ["service_session_id"], unique=False)
    op.add_column("account", sa.Column("services_end_before", Moment(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("service_id", sa.Integer(), nullable=True))
    op.add_column("delivery", sa.Column("sid", sa.String(length=43), nullable=True))
    op.add_column("delivery", sa.Column("sub", sa.String(length=43), nullable=True))
    op.add_column("challenge", sa.Column("service", sa.String(length=64), server_default="", nullable=False))
