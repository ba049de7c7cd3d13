from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, row_view
from trustweb.models.factor import FactorView

APP_SECRET = "authenticator app"  # noqa: S105 - what an app's secret is sealed for


class AuthenticatorApp(Base):
    """An app on a phone that shows a new code every half a minute, from a secret that it and we know."""

    __tablename__ = "authenticator_app"

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(128))
    """Sealed, as challenges' secrets are."""
    last_step: Mapped[int]
    """The half minute whose code was used last; no code of it, or of one before it, is good any more."""


@row_view
class AppView(FactorView):
    """An authenticator app as pages and rules see it. No secret."""
