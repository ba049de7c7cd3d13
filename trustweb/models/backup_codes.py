from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base, row_view
from trustweb.models.factor import FactorView

CODES_SECRET = "backup codes"  # noqa: S105 - what a set's secret is sealed for
_NOT_REMOVED = text("removed_at IS NULL")


class BackupCodes(Base):
    """A set of codes on paper, each good once."""

    __tablename__ = "backup_codes"
    __table_args__ = (
        Index(
            "uq_backup_codes_account_id", "account_id",
            unique=True, sqlite_where=_NOT_REMOVED, postgresql_where=_NOT_REMOVED,
        ),
    )  # fmt: skip

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    removed_at: Mapped[datetime | None]
    """Here alone, as of a recovery key."""
    secret: Mapped[str] = mapped_column(String(128))
    """Sealed; the codes' hashes are made with it. A code is 50 bits, which bare hashes would give away."""
    codes_left: Mapped[int]


class BackupCode(Base):
    """A code of a set that was not used yet."""

    __tablename__ = "backup_code"

    factor_id: Mapped[int] = mapped_column(ForeignKey("backup_codes.factor_id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


@row_view
class BackupCodesView(FactorView):
    """A set of backup codes as pages and rules see it."""

    codes_left: int

    @property
    def is_usable(self) -> bool:
        return self.codes_left > 0
