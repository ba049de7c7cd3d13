from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, row_view
from trustweb.models.factor import FactorView

PUSH_TO = "push"
"""What a browser's push address is sealed for."""


class TrustedDevice(Base):
    """A browser that its owner trusts: it shows codes, and its cookie stands in for one at the next sign-in."""

    __tablename__ = "trusted_device"
    __table_args__ = (Index("ix_trusted_device_account_id", "account_id"),)

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    handle: Mapped[str] = mapped_column(String(16), unique=True)
    """Finds the row of a cookie; says nothing by itself."""
    token_hash: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    """Still good, in case the answer with the new value was lost, until the new value is presented."""
    turns: Mapped[int] = mapped_column(default=0)
    """How often the value was renewed."""
    browser_hash: Mapped[str] = mapped_column(String(64))
    """Which browser it is: it shows no code that was asked for in itself."""
    skips_code: Mapped[bool]
    """Whether the cookie is worth anything: it stands in for a code and shows them. Not any more once a factor was
    changed elsewhere, until its owner proves in this browser that it is still theirs."""
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(45), default="")
    """From where it was last seen."""
    shows_until: Mapped[datetime | None]
    """Until when it shows codes of its own, and they count: somebody asked for one there."""
    last_step: Mapped[int] = mapped_column(default=0, server_default="0")
    """The half minute whose code was used last."""
    push_to: Mapped[str | None] = mapped_column(Text)
    """Where notifications for it go, sealed: whoever knows that can send some."""


@row_view
class DeviceView(FactorView):
    """A trusted device as pages, rules and its own cookie see it."""

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
    def in_force(self) -> bool:
        """Whether its cookie stands in for a code, and shows those of others."""
        return self.skips_code and self.disabled_at is None
