"""The keys that sign what apps are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base

SIGNING_KEY = "signing key"
"""What the private half is encrypted for."""


class SigningKey(Base):
    """A key that signs ID tokens and logout tokens; its public half is published until the last of them is old."""

    __tablename__ = "signing_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(String(43), unique=True)
    sealed: Mapped[str] = mapped_column(Text)
    """The private key, encrypted."""
    public: Mapped[dict[str, str]] = mapped_column(JSON)
    """The public key as a JWK."""
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime]
    """From then on it signs: apps have had the time to read it."""
    retired_at: Mapped[datetime | None]
    """When a newer one took over."""
