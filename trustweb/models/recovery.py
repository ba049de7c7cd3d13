"""Account recoveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, partial_index

_OPEN = text("ended_at IS NULL")


class Recovery(Base):
    """A recovery of an account whose factors are all lost: after a wait, or by the operator's link."""

    __tablename__ = "recovery"
    __table_args__ = (partial_index("uq_recovery_open", "account_id", "kind", unique=True, where=_OPEN),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """waiting or operator."""
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The hash in the operator's link; None for a wait, whose link to the mailbox is derived."""
    started_at: Mapped[datetime]
    waited: Mapped[int] = mapped_column(default=0, server_default="0")
    """Seconds of waiting that workers have counted: a clock that jumps ahead does not shorten the wait."""
    seen_at: Mapped[datetime]
    """When a worker last counted."""
    link_until: Mapped[datetime | None]
    half_told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    """used, replaced, cancelled or expired."""
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("factor.id", ondelete="SET NULL"))
    """The factor that cancelled it. It cannot cancel the next one too, since a thief may have it."""
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    browser_name: Mapped[str] = mapped_column(String(64), default="", server_default="")


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """A recovery's row as plain values."""

    id: int
    account_id: int
    kind: str
    token_hash: str | None
    started_at: datetime
    waited: int
    seen_at: datetime
    link_until: datetime | None
    half_told_at: datetime | None
    ended_at: datetime | None
