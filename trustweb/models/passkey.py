from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, row_view
from trustweb.models.factor import FactorView

_NOT_REMOVED = text("removed_at IS NULL")


class Passkey(Base):
    """A key pair that a person's device or security key made for this site; only the public half is here."""

    __tablename__ = "passkey"
    __table_args__ = (
        Index(
            "uq_passkey_credential_id", "credential_id",
            unique=True, sqlite_where=_NOT_REMOVED, postgresql_where=_NOT_REMOVED,
        ),
    )  # fmt: skip

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    removed_at: Mapped[datetime | None]
    """Stands in the factor's row too; a partial unique index reaches only its own table."""
    credential_id: Mapped[str] = mapped_column(String(1364))
    """In base64url, as browsers write it."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often the key has signed, as it says itself; a copy of it says the same numbers again."""
    user_verified: Mapped[bool]
    """Whether it asked for a finger, a face or a PIN when it was added; else it stands in for no password."""
    backed_up: Mapped[bool]
    """Whether its maker keeps copies of it on the person's other devices."""
    backup_eligible: Mapped[bool | None]
    """Whether it may ever be copied so: then its count means nothing. None: not known before it is used again."""
    transports: Mapped[str] = mapped_column(String(64), server_default="")
    """How a browser said that it reaches it, such as ``usb nfc``; a browser that is told need not ask for the rest."""


@row_view
class PasskeyView(FactorView):
    """A passkey as pages and rules see it."""

    credential_id: str
    user_verified: bool
    backed_up: bool
    transports: str


@row_view
class PasskeyKey(PasskeyView):
    """A passkey as its answers are checked."""

    public_key: bytes
    sign_count: int
    backup_eligible: bool | None
    user_handle: str


class UsedChallenge(Base):
    """Nonces of ours that came back, as of a passkey's challenge, kept as long as they could come again."""

    __tablename__ = "used_challenge"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
