"""Proved mail addresses, and links to mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base
from trustweb.models.factor import FactorView


class MailAddress(Base):
    """The proved address of a mailbox: a factor that gets notices and no codes."""

    __tablename__ = "mail_address"

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))


@dataclass(frozen=True, slots=True)
class MailAddressView(FactorView):
    """The account's proved address as pages and rules see it; what it is, stands in the account's row."""


class MailLink(Base):
    """A one-use link that is sent to a mailbox. Its word is derived from this row and the keys, and not stored."""

    __tablename__ = "mail_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(String(8))
    """prove, change, register, recover or reset; taken or exists (a mail without a link, to an address that has an
    account already); or nobody (no mail)."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(16))
    known_browser: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True when it was asked for in a browser that the account knows."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    """When it was used or replaced."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link's row as plain values."""

    id: int
    act: str
    account_id: int | None
    address: str
    language: str
    known_browser: bool
    expires_at: datetime
    ended_at: datetime | None
