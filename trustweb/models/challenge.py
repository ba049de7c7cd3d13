"""Challenges: requests for codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, new_public_id, partial_index

_LIVE = text("ended_at IS NULL")


class Challenge(Base):
    """A request for one code. The code is not stored: it is derived from the sealed secret and the counter."""

    __tablename__ = "challenge"
    __table_args__ = (
        partial_index(
            "uq_challenge_live",
            "session_id",
            "purpose",
            unique=True,
            where=_LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    factor_id: Mapped[int | None] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"))
    """The factor that is being proved; None while a number or an app is being added, or before a device answers."""
    number: Mapped[str] = mapped_column(String(20))
    region: Mapped[str] = mapped_column(String(3))
    line: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(64))
    service: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The service that the person is on the way to, by the name that people read."""
    method: Mapped[str] = mapped_column(String(8))
    secret: Mapped[str] = mapped_column(String(128))
    counter: Mapped[int] = mapped_column(default=0)
    tries_left: Mapped[int]
    sends: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    next_send_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    """used, replaced, cancelled or denied. A denial also marks challenges that were replaced or cancelled before it."""


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """A challenge's row as plain values."""

    id: int
    public_id: str
    account_id: int
    factor_id: int | None
    purpose: str
    number: str
    region: str
    line: str
    label: str
    service: str
    method: str
    secret: str
    counter: int
    tries_left: int
    sends: int
    next_send_at: datetime
    expires_at: datetime
    ended_at: datetime | None
