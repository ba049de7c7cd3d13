"""Deliveries, the transactional outbox, and the ids of receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, partial_index

_QUEUED = text("state = 'queued'")


class Delivery(Base):
    """A message in the transactional outbox. Queues carry only its id; this row decides what is sent."""

    __tablename__ = "delivery"
    __table_args__ = (
        partial_index("ix_delivery_due", "due_at", where=_QUEUED),
        Index("ix_delivery_carrier", "transport", "carrier_id"),
        Index("ix_delivery_challenge_id", "challenge_id"),
        Index("ix_delivery_factor_id", "factor_id"),
        Index("ix_delivery_link_id", "link_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), server_default="code")
    """code (of a challenge), notice (of an account's journal since ``from_seq``), link (to a mailbox), prompt (a push
    notification of a challenge) or logout (to an app)."""
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    counter: Mapped[int] = mapped_column(default=0)
    """The challenge's counter that the code is derived from; a message with an old one is dropped."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    factor_id: Mapped[int | None] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"))
    """The channel that a notice goes to, or the trusted device of a prompt."""
    from_seq: Mapped[int | None]
    link_id: Mapped[int | None] = mapped_column(ForeignKey("mail_link.id", ondelete="CASCADE"))
    service_id: Mapped[int | None]
    """The service whose app hears of a logout, and below, of what. Neither is a foreign key: the app hears of it even
    when the account is gone."""
    sid: Mapped[str | None] = mapped_column(String(43))
    sub: Mapped[str | None] = mapped_column(String(43))
    answered_at: Mapped[datetime | None]
    """When a notice was answered with “This wasn’t me”."""
    method: Mapped[str] = mapped_column(String(8))
    destination: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(12), default="queued")
    """queued, sent, delivered, failed or dropped."""
    transport: Mapped[str | None] = mapped_column(String(32))
    tried: Mapped[str] = mapped_column(String(200), default="")
    """The names of transports that gave up on it, separated by commas."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    carrier_id: Mapped[str | None] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    deadline: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery's row as plain values."""

    id: int
    kind: str
    challenge_id: int | None
    counter: int
    account_id: int | None
    factor_id: int | None
    from_seq: int | None
    link_id: int | None
    method: str
    destination: str
    language: str
    state: str
    tried: str
    attempts: int
    reason: str
    deadline: datetime


class SeenReceipt(Base):
    """The id of an applied receipt, kept for a day against replay."""

    __tablename__ = "seen_receipt"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
