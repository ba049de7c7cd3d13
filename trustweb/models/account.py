"""Accounts, and the invitations that create them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, partial_index

_PLANNED = text("deletes_at IS NOT NULL")


def _new_handle() -> str:
    return secrets.token_urlsafe(32)


class Account(Base):
    """A person's account."""

    __tablename__ = "account"
    __table_args__ = (partial_index("ix_account_deletes_at", "deletes_at", where=_PLANNED),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(254))
    name_key: Mapped[str] = mapped_column(String(254), unique=True)
    """The key that names are looked up by, equal for all spellings of the address."""
    display_name: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The name that the person chose; shown and spoken, never looked up."""
    role: Mapped[str] = mapped_column(String(16), default="person")
    language: Mapped[str] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(256))
    password_changed_at: Mapped[datetime]
    password_by_mail: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True when it was set by a link to the mailbox: password and mailbox are then not two independent proofs."""
    two_factor_since: Mapped[datetime | None]
    two_factor_off_at: Mapped[datetime | None] = mapped_column(index=True)
    """When two-factor is planned to be turned off: a day ahead, so that the owner is told before."""
    strangers_blocked_at: Mapped[datetime | None]
    """When strangers with the right password last used up the tries for codes; None once the owner has read of it."""
    frozen_until: Mapped[datetime | None]
    """Until then nothing older than a day is removed: somebody answered a notice with “This wasn’t me”."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    deletes_at: Mapped[datetime | None]
    """When it is planned to be deleted, by its owner."""
    recovers_at: Mapped[datetime | None]
    """When the wait of an open account recovery is over."""
    services_end_before: Mapped[datetime | None]
    """What began at a service before that has ended: with a new password, a disabled account, a recovery."""
    journal_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    journal_head: Mapped[str] = mapped_column(String(97), default="", server_default="")
    """The newest journal entry's MAC; ``journal_seq`` is its number."""
    user_handle: Mapped[str] = mapped_column(String(43), default=_new_handle, server_default="")
    """The account's id in passkeys (WebAuthn's user.id). They store it, so it is random."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account's row as plain values, without the password hash, for pages that only read."""

    id: int
    name: str
    display_name: str
    role: str
    language: str
    time_zone: str
    password_changed_at: datetime
    password_by_mail: bool
    two_factor_since: datetime | None
    two_factor_off_at: datetime | None
    strangers_blocked_at: datetime | None
    frozen_until: datetime | None
    disabled_at: datetime | None
    deletes_at: datetime | None
    recovers_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """The columns of an account that a password check needs."""

    id: int
    password_hash: str
    password_changed_at: datetime
    two_factor_since: datetime | None
    disabled_at: datetime | None


class Invitation(Base):
    """A one-use link that creates an account; the site's first one is the set-up link."""

    __tablename__ = "invitation"
    __table_args__ = (
        partial_index(
            "uq_invitation_set_up",
            "set_up",
            unique=True,
            where=text("set_up"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str | None] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(16))
    set_up: Mapped[bool] = mapped_column(default=False)
    by_mail: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True when the link was sent to its name's mailbox, so that using it proves the address."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
