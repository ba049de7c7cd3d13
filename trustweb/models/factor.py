from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, new_public_id, row_view

AUTHENTICATOR_APP = "authenticator_app"
MAIL_ADDRESS = "mail_address"
PASSKEY = "passkey"
TRUSTED_DEVICE = "trusted_device"
RECOVERY_KEY = "recovery_key"
BACKUP_CODES = "backup_codes"
TRUSTED_NUMBER = "trusted_number"
_NOT_REMOVED = text("removed_at IS NULL")


class Factor(Base):
    """Anything that proves the person; what a kind needs besides is in a table of that kind."""

    __tablename__ = "factor"
    __table_args__ = (
        Index("ix_factor_account_id", "account_id", sqlite_where=_NOT_REMOVED, postgresql_where=_NOT_REMOVED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(24))
    label: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]
    trusted_from: Mapped[datetime]
    """From then on it may help to remove factors that are older."""
    last_proved_at: Mapped[datetime | None]
    fails_in_row: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    kept_on: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """What its owner calls the device that it is lost with, so that the page can say what such a loss means."""


@row_view
class FactorView:
    """What factors of every kind share, as plain values."""

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


class TrustedNumber(Base):
    __tablename__ = "trusted_number"
    __table_args__ = (
        Index(
            "uq_trusted_number_account_number", "account_id", "number",
            unique=True, sqlite_where=_NOT_REMOVED, postgresql_where=_NOT_REMOVED,
        ),
    )  # fmt: skip

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    # Both stand in the factor's row too; a partial unique index reaches only its own table.
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    removed_at: Mapped[datetime | None]
    number: Mapped[str] = mapped_column(String(20))
    """E.164, with +."""
    region: Mapped[str] = mapped_column(String(3))
    line: Mapped[str] = mapped_column(String(16))
    """What kind of line the numbering plan says it is."""
    method: Mapped[str] = mapped_column(String(8))
    """How the person likes to get codes there: text or call."""


@row_view
class NumberView(FactorView):
    """A trusted number as pages and rules see it."""

    number: str
    region: str
    line: str
    method: str

    @property
    def methods(self) -> tuple[str, ...]:
        """How a code may reach it. A fixed line takes no texts."""
        return ("call",) if self.line == "fixed" else ("text", "call")
