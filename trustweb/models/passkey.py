"""Passkeys, and one-use nonces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, partial_index
from trustweb.models.factor import FactorView

_NOT_REMOVED = text("removed_at IS NULL")


class Passkey(Base):
    """A WebAuthn credential: the public half of a key pair that a device or a security key made for this site."""

    __tablename__ = "passkey"
    __table_args__ = (
        partial_index(
            "uq_passkey_credential_id", "credential_id",
            unique=True, where=_NOT_REMOVED,
        ),
    )  # fmt: skip

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    removed_at: Mapped[datetime | None]
    """Copied from the factor's row: a partial unique index covers only its own table's columns."""
    credential_id: Mapped[str] = mapped_column(String(1364))
    """In base64url, as browsers send it."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """WebAuthn's signature counter; a cloned key would repeat values of it."""
    user_verified: Mapped[bool]
    """WebAuthn's UV flag when it was added: it asked for a finger, face or PIN. Without it, it replaces no password."""
    backed_up: Mapped[bool]
    """WebAuthn's BS flag: its provider keeps copies of it on the person's other devices."""
    backup_eligible: Mapped[bool | None]
    """WebAuthn's BE flag: it may be copied, which makes its counter meaningless. None: unknown until its next use."""
    transports: Mapped[str] = mapped_column(String(64), server_default="")
    """WebAuthn's transports, such as ``usb nfc``, as hints: a browser need then not offer the others."""


@dataclass(frozen=True, slots=True)
class PasskeyView(FactorView):
    """A passkey's row as plain values."""

    credential_id: str
    user_verified: bool
    backed_up: bool
    transports: str


@dataclass(frozen=True, slots=True)
class PasskeyKey(PasskeyView):
    """A passkey's row with the columns that verify its answers."""

    public_key: bytes
    sign_count: int
    backup_eligible: bool | None
    user_handle: str


class UsedChallenge(Base):
    """A used nonce of ours, such as a passkey's challenge, kept until it expires."""

    __tablename__ = "used_challenge"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
