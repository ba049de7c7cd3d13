from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class Limit(Base):
    """How often something happened in one window, which begins with the first time."""

    __tablename__ = "rate_limit"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    span: Mapped[int] = mapped_column(primary_key=True)
    """Seconds of the window."""
    hits: Mapped[int]
    resets_at: Mapped[datetime] = mapped_column(index=True)


class GuessedName(Base):
    """A name that strangers typed many wrong passwords for, whether or not an account has it; for a day."""

    __tablename__ = "guessed_name"

    name_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    guessed_at: Mapped[datetime] = mapped_column(index=True)
    untold: Mapped[bool] = mapped_column(default=True, server_default=false())
    """Its owner has not heard of it yet."""
