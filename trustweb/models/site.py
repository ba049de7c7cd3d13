"""The site's own row, and the check values of keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class KeyCheck(Base):
    """The check value of a key in use: without that key in its ring Trustweb does not start."""

    __tablename__ = "key_check"

    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class Site(Base):
    """The single row of the site itself."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    """The latest moment that this site has seen, against a clock that is set back."""
    last_account: Mapped[int] = mapped_column(default=0, server_default="0")
    """The highest id that an account ever had. SQLite would reuse a deleted account's id, by which rate limits, for
    example, identify accounts."""
    countries: Mapped[str] = mapped_column(String(1024), default="")
    """The countries of numbers that the operator chose at set-up; TRUSTWEB_COUNTRIES takes precedence."""
    rp_id: Mapped[str | None] = mapped_column(String(253))
    """The host that passkeys are bound to (WebAuthn's RP ID); they work on no other."""
