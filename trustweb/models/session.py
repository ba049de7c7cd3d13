"""Sessions, and known browsers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class SignInSession(Base):
    """A browser's session, half-open or full. Made after a right password or passkey, never before."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    stage: Mapped[str] = mapped_column(String(16))
    stage_since: Mapped[datetime]
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    family: Mapped[str | None] = mapped_column(String(64))
    """The hash of the submitted form, so that a double click on *Sign In* is one sign-in."""
    known_browser: Mapped[bool]
    """True if this browser held a full session of this account before."""
    proved_by: Mapped[int | None] = mapped_column(ForeignKey("factor.id", ondelete="SET NULL"))
    """The factor that brought the session to the full stage; None: the password alone."""
    step_up_until: Mapped[datetime | None]
    step_up_by: Mapped[int | None] = mapped_column(ForeignKey("factor.id", ondelete="SET NULL"))
    """The factor of the latest step-up; None: the password."""
    password_at: Mapped[datetime | None]
    """When the password was typed last in this session; None: a passkey alone began it."""
    proof_at: Mapped[datetime | None]
    """When a factor was proved last in this session. A trusted device's cookie, which nobody types, is no proof."""
    proof_kind: Mapped[str | None] = mapped_column(String(24))
    """``factor.kind`` of that proof."""
    proof_method: Mapped[str | None] = mapped_column(String(8))
    """The method by which that proof's code came to a trusted number: text or call; None with other kinds."""
    user_verified: Mapped[bool] = mapped_column(server_default=false())
    """True if that proof was by a passkey that asked for a finger, face or PIN, now and when it was added."""
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    """Identifies the browser, so that no trusted device shows a code that it asked for itself."""
    browser_name: Mapped[str] = mapped_column(String(64), server_default="")
    address: Mapped[str] = mapped_column(String(45), server_default="")
    """The network address of the sign-in, for the owner to judge."""
    ended_how: Mapped[str | None] = mapped_column(String(16))
    """denied (on a trusted device), else None."""
    kept_act: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The change that the person asked for and that waits for a step-up: form values, never a secret."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A factor that was proved just now, with what its session stores about that."""

    factor_id: int | None
    kind: str
    method: str | None = None
    user_verified: bool = False


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session's row as plain values."""

    id: int
    account_id: int
    token_hash: str
    stage: str
    stage_since: datetime
    started_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    known_browser: bool
    proved_by: int | None
    step_up_until: datetime | None
    step_up_by: int | None
    password_at: datetime | None
    proof_at: datetime | None
    proof_kind: str | None
    proof_method: str | None
    user_verified: bool
    browser_hash: str | None


class KnownBrowser(Base):
    """A browser that once held a full session of an account; strangers' failures do not count against it."""

    __tablename__ = "known_browser"
    __table_args__ = (UniqueConstraint("account_id", "token_hash"), Index("ix_known_browser_token_hash", "token_hash"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64))
    first_seen_at: Mapped[datetime]
