"""App-specific passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class AppPassword(Base):
    """A password for a program that cannot ask for a code. It opens one service, and never the account."""

    __tablename__ = "app_password"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """Derived from the submitted form, so that a double click makes one password."""
    name: Mapped[str] = mapped_column(String(64))
    service: Mapped[str] = mapped_column(String(32))
    handle: Mapped[str] = mapped_column(String(8), unique=True)
    """The part of the password that finds this row; not secret."""
    mac: Mapped[str] = mapped_column(String(97))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    last_address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class AppPasswordView:
    """An app-specific password as its owner sees it."""

    id: int
    public_id: str
    name: str
    service: str
    created_at: datetime
    last_used_at: datetime | None
    last_address: str
