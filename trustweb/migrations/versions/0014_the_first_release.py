"""The tables with which the migrations begin; fourteen migrations made them before."""

from typing import Any

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

revision = "0014"
down_revision = None
branch_labels = None
depends_on = None

# Written out, and not taken from the models: those go on, and this is where the later migrations begin.
_SCHEMA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_MOMENT = DateTime(timezone=True)


def upgrade() -> None:
    # The journal's triggers are put there after every upgrade.
    _SCHEMA.create_all(op.get_bind(), checkfirst=False)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


Table(
    "account",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("name", String(254), nullable=False),
    Column("name_key", String(254), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("language", String(16), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("password_changed_at", _MOMENT, nullable=False),
    Column("two_factor_since", _MOMENT),
    Column("strangers_blocked_at", _MOMENT),
    Column("created_at", _MOMENT, nullable=False),
    Column("disabled_at", _MOMENT),
    Column("journal_seq", Integer, nullable=False, server_default="0"),
    Column("journal_head", String(97), nullable=False, server_default=""),
    Column("frozen_until", _MOMENT),
    Column("two_factor_off_at", _MOMENT, index=True),
    Column("user_handle", String(43), nullable=False, server_default=""),
    Column("display_name", String(64), nullable=False, server_default=""),
    Column("deletes_at", _MOMENT),
    Column("recovers_at", _MOMENT),
    Column("password_by_mail", Boolean, nullable=False, server_default=false()),
    Index("ix_account_deletes_at", "deletes_at", **_where("deletes_at IS NOT NULL")),
)
Table(
    "key_check",
    _SCHEMA,
    Column("key_id", String(32), primary_key=True),
    Column("value", String(64), nullable=False),
)
Table(
    "rate_limit",
    _SCHEMA,
    Column("name", String(32), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("span", Integer, primary_key=True),
    Column("hits", Integer, nullable=False),
    Column("resets_at", _MOMENT, nullable=False, index=True),
)
Table(
    "seen_receipt",
    _SCHEMA,
    Column("id", String(64), primary_key=True),
    Column("seen_at", _MOMENT, nullable=False, index=True),
)
Table(
    "site",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("seen_at", _MOMENT, nullable=False),
    Column("countries", String(1024), nullable=False),
    Column("rp_id", String(253)),
    Column("last_account", Integer, nullable=False, server_default="0"),
)
Table(
    "factor",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("public_id", String(16), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("label", String(64), nullable=False),
    Column("added_at", _MOMENT, nullable=False),
    Column("trusted_from", _MOMENT, nullable=False),
    Column("last_proved_at", _MOMENT),
    Column("fails_in_row", Integer, nullable=False),
    Column("disabled_at", _MOMENT),
    Column("removed_at", _MOMENT),
    Column("kept_on", String(64), nullable=False, server_default=""),
    Index("ix_factor_account_id", "account_id", **_where("removed_at IS NULL")),
)
Table(
    "invitation",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("name", String(254)),
    Column("role", String(16), nullable=False),
    Column("language", String(16)),
    Column("set_up", Boolean, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("expires_at", _MOMENT),
    Column("used_at", _MOMENT),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="SET NULL")),
    Column("by_mail", Boolean, nullable=False, server_default=false()),
    Index("uq_invitation_set_up", "set_up", unique=True, **_where("set_up")),
)
Table(
    "known_browser",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("token_hash", String(64), nullable=False),
    Column("first_seen_at", _MOMENT, nullable=False),
    UniqueConstraint("account_id", "token_hash"),
)
Table(
    "session",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("stage", String(16), nullable=False),
    Column("stage_since", _MOMENT, nullable=False),
    Column("started_at", _MOMENT, nullable=False),
    Column("last_seen_at", _MOMENT, nullable=False),
    Column("ended_at", _MOMENT),
    Column("family", String(64)),
    Column("known_browser", Boolean, nullable=False),
    Column("proved_by", Integer, ForeignKey("factor.id", ondelete="SET NULL")),
    Column("step_up_until", _MOMENT),
    Column("step_up_by", Integer, ForeignKey("factor.id", ondelete="SET NULL")),
    Column("kept_act", JSON),
    Column("browser_hash", String(64)),
    Column("browser_name", String(64), nullable=False, server_default=""),
    Column("address", String(45), nullable=False, server_default=""),
    Column("ended_how", String(16)),
)
Table(
    "trusted_number",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("removed_at", _MOMENT),
    Column("number", String(20), nullable=False),
    Column("region", String(3), nullable=False),
    Column("line", String(16), nullable=False),
    Column("method", String(8), nullable=False),
    Index("uq_trusted_number_account_number", "account_id", "number", unique=True, **_where("removed_at IS NULL")),
)
Table(
    "challenge",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("public_id", String(16), nullable=False, unique=True),
    Column("session_id", Integer, ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE")),
    Column("number", String(20), nullable=False),
    Column("region", String(3), nullable=False),
    Column("line", String(16), nullable=False),
    Column("label", String(64), nullable=False),
    Column("method", String(8), nullable=False),
    Column("secret", String(128), nullable=False),
    Column("counter", Integer, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("sends", Integer, nullable=False),
    Column("started_at", _MOMENT, nullable=False),
    Column("next_send_at", _MOMENT, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Column("ended_at", _MOMENT),
    Column("outcome", String(16)),
    Index("uq_challenge_live", "session_id", "purpose", unique=True, **_where("ended_at IS NULL")),
)
Table(
    "delivery",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("challenge_id", Integer, ForeignKey("challenge.id", ondelete="CASCADE"), index=True),
    Column("counter", Integer, nullable=False),
    Column("method", String(8), nullable=False),
    Column("destination", String(320), nullable=False),
    Column("language", String(16), nullable=False),
    Column("state", String(12), nullable=False),
    Column("transport", String(32)),
    Column("tried", String(200), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", _MOMENT, nullable=False),
    Column("lease", String(32)),
    Column("lease_until", _MOMENT),
    Column("carrier_id", String(128)),
    Column("reason", String(64), nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
    Column("deadline", _MOMENT, nullable=False),
    Column("kind", String(8), nullable=False, server_default="code"),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE")),
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), index=True),
    Column("from_seq", Integer),
    Column("answered_at", _MOMENT),
    Column("link_id", Integer, ForeignKey("mail_link.id", ondelete="CASCADE"), index=True),
    Index("ix_delivery_carrier", "transport", "carrier_id"),
    Index("ix_delivery_due", "due_at", **_where("state = 'queued'")),
)
Table(
    "trusted_device",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("handle", String(16), nullable=False, unique=True),
    Column("token_hash", String(64), nullable=False),
    Column("previous_hash", String(64)),
    Column("turns", Integer, nullable=False),
    Column("browser_hash", String(64), nullable=False),
    Column("skips_code", Boolean, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Column("seen_at", _MOMENT, nullable=False),
    Column("address", String(45), nullable=False),
    Column("shows_until", _MOMENT),
    Column("last_step", Integer, nullable=False, server_default="0"),
    Column("push_to", Text),
)
Table(
    "journal_entry",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("event", String(32), nullable=False),
    Column("details", Text, nullable=False),
    Column("address", String(45), nullable=False),
    Column("browser", String(64), nullable=False),
    Column("mac", String(97), nullable=False),
    UniqueConstraint("account_id", "seq"),
)
Table(
    "journal_cut",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("last_mac", String(97), nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("mac", String(97), nullable=False),
    UniqueConstraint("account_id", "seq"),
)
Table(
    "authenticator_app",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", String(128), nullable=False),
    Column("last_step", Integer, nullable=False),
)
Table(
    "passkey",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True),
    Column("removed_at", _MOMENT),
    Column("credential_id", String(1364), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("user_verified", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Index("uq_passkey_credential_id", "credential_id", unique=True, **_where("removed_at IS NULL")),
)
Table(
    "used_challenge",
    _SCHEMA,
    Column("id", String(32), primary_key=True),
    Column("expires_at", _MOMENT, nullable=False, index=True),
)
Table(
    "deleted_account",
    _SCHEMA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("mac", String(97), nullable=False),
)
Table(
    "recovery",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("token_hash", String(64), unique=True),
    Column("started_at", _MOMENT, nullable=False),
    Column("waited", Integer, nullable=False, server_default="0"),
    Column("seen_at", _MOMENT, nullable=False),
    Column("link_until", _MOMENT),
    Column("half_told_at", _MOMENT),
    Column("ended_at", _MOMENT),
    Column("outcome", String(16)),
    Column("cancelled_by", Integer, ForeignKey("factor.id", ondelete="SET NULL")),
    Column("address", String(45), nullable=False, server_default=""),
    Column("browser_name", String(64), nullable=False, server_default=""),
    Index("uq_recovery_open", "account_id", "kind", unique=True, **_where("ended_at IS NULL")),
)
Table(
    "mail_address",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True),
    Column("address", String(254), nullable=False),
)
Table(
    "mail_link",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("act", String(8), nullable=False),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), index=True),
    Column("address", String(254), nullable=False),
    Column("language", String(16), nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("expires_at", _MOMENT, nullable=False, index=True),
    Column("ended_at", _MOMENT),
)
Table(
    "app_password",
    _SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("public_id", String(32), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("service", String(32), nullable=False),
    Column("handle", String(8), nullable=False, unique=True),
    Column("mac", String(97), nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("last_used_at", _MOMENT),
    Column("last_address", String(45), nullable=False, server_default=""),
    Column("revoked_at", _MOMENT, index=True),
)
Table(
    "recovery_key",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("removed_at", _MOMENT),
    Column("key_hash", String(64), nullable=False),
    Column("used_at", _MOMENT),
    Index("uq_recovery_key_account_id", "account_id", unique=True, **_where("removed_at IS NULL")),
)
Table(
    "backup_codes",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("removed_at", _MOMENT),
    Column("secret", String(128), nullable=False),
    Column("codes_left", Integer, nullable=False),
    Index("uq_backup_codes_account_id", "account_id", unique=True, **_where("removed_at IS NULL")),
)
Table(
    "new_recovery_key",
    _SCHEMA,
    Column("session_id", Integer, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("public_id", String(16), nullable=False),
    Column("secret", String(128), nullable=False),
)
Table(
    "backup_code",
    _SCHEMA,
    Column("factor_id", Integer, ForeignKey("backup_codes.factor_id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
)
