"""Sets of backup codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, partial_index
from trustweb.models.factor import FactorView

CODES_SECRET = "backup codes"  # noqa: S105 - the use that a set's secret is sealed for
_NOT_REMOVED = text("removed_at IS NULL")


class BackupCodes(Base):
    """A set of one-use codes on paper."""

    __tablename__ = "backup_codes"
    __table_args__ = (
        partial_index(
            "uq_backup_codes_account_id", "account_id",
            unique=True, where=_NOT_REMOVED,
        ),
    )  # fmt: skip

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    removed_at: Mapped[datetime | None]
    """Only here and not in the factor's row: a session that an old code proved stays proved after a new set."""
    secret: Mapped[str] = mapped_column(String(128))
    """Sealed; the key of the codes' hashes. A code has 50 bits, so unkeyed hashes could be reversed."""
    codes_left: Mapped[int]


class BackupCode(Base):
    """An unused code of a set."""

    __tablename__ = "backup_code"

    factor_id: Mapped[int] = mapped_column(ForeignKey("backup_codes.factor_id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


@dataclass(frozen=True, slots=True)
class BackupCodesView(FactorView):
    """A set's row as plain values, without the secret."""

    codes_left: int

    @property
    def is_usable(self) -> bool:
        """True while codes are left."""
        return self.codes_left > 0
