from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class KeyCheck(Base):
    """A check value for every key in use: a ring that lacks one stops the start."""

    __tablename__ = "key_check"

    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class Site(Base):
    """The one row that belongs to the site itself."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    """The latest moment that this site has seen; a clock set back opens nothing."""
    last_account: Mapped[int] = mapped_column(default=0, server_default="0")
    """The id of the newest account of all times: SQLite would give a deleted one's to the next, and limits, for one,
    know accounts by it."""
    countries: Mapped[str] = mapped_column(String(1024), default="")
    """Where numbers may be from, as the operator said at set-up; TRUSTWEB_COUNTRIES counts first."""
    rp_id: Mapped[str | None] = mapped_column(String(253))
    """The host that the passkeys are for; they work nowhere else."""
