from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
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
