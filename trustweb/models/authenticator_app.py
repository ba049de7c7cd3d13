"""Authenticator apps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base
from trustweb.models.factor import FactorView

APP_SECRET = "authenticator app"  # noqa: S105 - the use that an app's secret is sealed for


class AuthenticatorApp(Base):
    """An app that shows a new code every 30 seconds (TOTP, RFC 6238), from a shared secret."""

    __tablename__ = "authenticator_app"

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(128))
    """Sealed by the key ring."""
    last_step: Mapped[int]
    """The time step of the last used code; codes of it and of earlier steps are refused (replay)."""


@dataclass(frozen=True, slots=True)
class AppView(FactorView):
    """An authenticator app's row as plain values, without the secret."""
