"""Factors of all kinds, and trusted numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, new_public_id, partial_index

AUTHENTICATOR_APP = "authenticator_app"
MAIL_ADDRESS = "mail_address"
PASSKEY = "passkey"
TRUSTED_DEVICE = "trusted_device"
RECOVERY_KEY = "recovery_key"
BACKUP_CODES = "backup_codes"
TRUSTED_NUMBER = "trusted_number"
_NOT_REMOVED = text("removed_at IS NULL")


class Factor(Base):
    """A factor, which proves the person. The further columns of each kind are in a table of that kind."""

    __tablename__ = "factor"
    __table_args__ = (partial_index("ix_factor_account_id", "account_id", where=_NOT_REMOVED),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(24))
    label: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]
    trusted_from: Mapped[datetime]
    """From then on a proof by it may remove older factors."""
    last_proved_at: Mapped[datetime | None]
    fails_in_row: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    kept_on: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The owner's name for the device that it would be lost with, so that a page can say what such a loss means."""


@dataclass(frozen=True, slots=True)
class FactorView:
    """A factor's row as plain values, equal for all kinds."""

    id: int
    kind: str
    public_id: str
    account_id: int
    label: str
    added_at: datetime
    trusted_from: datetime
    last_proved_at: datetime | None
    disabled_at: datetime | None
    kept_on: str

    @property
    def is_usable(self) -> bool:
        """Whether it proves anything now. One that is worn out counts again in a browser that the account knows."""
        return self.disabled_at is None


FACTOR_IS_USABLE = Factor.disabled_at.is_(None)
"""``FactorView.is_usable`` in SQL."""


class TrustedNumber(Base):
    """A telephone number that codes go to."""

    __tablename__ = "trusted_number"
    __table_args__ = (
        partial_index(
            "uq_trusted_number_account_number", "account_id", "number",
            unique=True, where=_NOT_REMOVED,
        ),
    )  # fmt: skip

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    # Both are copied from the factor's row: a partial unique index covers only its own table's columns.
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    removed_at: Mapped[datetime | None]
    number: Mapped[str] = mapped_column(String(20))
    """E.164, with +."""
    region: Mapped[str] = mapped_column(String(3))
    line: Mapped[str] = mapped_column(String(16))
    """The kind of line according to the numbering plan."""
    method: Mapped[str] = mapped_column(String(8))
    """The person's preferred method for codes: text or call."""


@dataclass(frozen=True, slots=True)
class NumberView(FactorView):
    """A trusted number's row as plain values."""

    number: str
    region: str
    line: str
    method: str

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods by which a code can reach it. A fixed line takes no texts."""
        return ("call",) if self.line == "fixed" else ("text", "call")
