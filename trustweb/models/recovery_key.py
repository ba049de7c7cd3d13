"""Recovery keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, partial_index
from trustweb.models.factor import FactorView

KEY_SECRET = "recovery key"  # noqa: S105 - the use that a key is sealed for until it is confirmed
_NOT_REMOVED = text("removed_at IS NULL")


class RecoveryKey(Base):
    """A key on paper, good for one sign-in or one new password."""

    __tablename__ = "recovery_key"
    __table_args__ = (
        partial_index(
            "uq_recovery_key_account_id", "account_id",
            unique=True, where=_NOT_REMOVED,
        ),
    )  # fmt: skip

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    removed_at: Mapped[datetime | None]
    """Only here and not in the factor's row: a session that an old key proved stays proved after a new key."""
    key_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256: a key has 140 random bits, which cannot be guessed, so a slow hash is not needed."""
    used_at: Mapped[datetime | None]


class NewRecoveryKey(Base):
    """A key that was shown, and is not valid before the person has typed it."""

    __tablename__ = "new_recovery_key"

    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16))
    secret: Mapped[str] = mapped_column(String(128))
    """Sealed."""


@dataclass(frozen=True, slots=True)
class RecoveryKeyView(FactorView):
    """A recovery key's row as plain values, without the hash."""

    used_at: datetime | None

    @property
    def is_usable(self) -> bool:
        """True until it is used."""
        return self.used_at is None
