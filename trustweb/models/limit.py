"""Windows of rate limits, and names that passwords are guessed for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class Limit(Base):
    """A window of a rate limit, which begins with its first hit."""

    __tablename__ = "rate_limit"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    span: Mapped[int] = mapped_column(primary_key=True)
    """The length of the window in seconds."""
    hits: Mapped[int]
    resets_at: Mapped[datetime] = mapped_column(index=True)


class GuessedName(Base):
    """A name that strangers typed many wrong passwords for, kept for a day, whether or not an account has it."""

    __tablename__ = "guessed_name"

    name_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    guessed_at: Mapped[datetime] = mapped_column(index=True)
    untold: Mapped[bool] = mapped_column(default=True, server_default=false())
    """True until its owner is told."""
