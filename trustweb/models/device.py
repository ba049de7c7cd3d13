"""Trusted devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, and_
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import NOW, Base
from trustweb.models.factor import Factor, FactorView

PUSH_TO = "push"
"""The use that a browser's push subscription is sealed for."""


class TrustedDevice(Base):
    """A browser that its owner trusts: it shows codes, and its cookie replaces the code at the next sign-in."""

    __tablename__ = "trusted_device"
    __table_args__ = (Index("ix_trusted_device_account_id", "account_id"),)

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    handle: Mapped[str] = mapped_column(String(16), unique=True)
    """The part of the cookie that finds this row; not secret."""
    token_hash: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    """The hash of the value before, accepted until the new one is presented: the answer with that may be lost."""
    turns: Mapped[int] = mapped_column(default=0)
    """The number of renewals of the value."""
    browser_hash: Mapped[str] = mapped_column(String(64))
    """Identifies the browser, which must not show a code that it asked for itself."""
    skips_code: Mapped[bool]
    """True while the cookie replaces a code and the device shows codes. A change of a factor in another browser sets it
    to False, until the owner proves a factor in this browser."""
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(45), default="")
    """The network address at its last use."""
    shows_until: Mapped[datetime | None]
    """Until then its own codes are shown and accepted; set when somebody asks for one on it."""
    last_step: Mapped[int] = mapped_column(default=0, server_default="0")
    """The time step of its last used code."""
    push_to: Mapped[str | None] = mapped_column(Text)
    """The push subscription, sealed: whoever knows it can send notifications."""


@dataclass(frozen=True, slots=True)
class DeviceView(FactorView):
    """A trusted device's row as plain values."""

    handle: str
    token_hash: str
    previous_hash: str | None
    turns: int
    browser_hash: str
    skips_code: bool
    expires_at: datetime
    seen_at: datetime
    address: str
    push_to: str | None

    @property
    def is_usable(self) -> bool:
        """True while its cookie replaces a code, and it shows other browsers' codes."""
        return self.skips_code and self.disabled_at is None


DEVICE_IS_USABLE = and_(TrustedDevice.skips_code, Factor.disabled_at.is_(None))
"""``DeviceView.is_usable`` in SQL."""
DEVICE_IS_IN_USE = and_(DEVICE_IS_USABLE, TrustedDevice.expires_at > NOW, Factor.removed_at.is_(None))
"""A device that may be asked now: its account has it, and it is usable."""
