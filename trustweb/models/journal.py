"""The journal's tables, and the triggers that refuse changes to written entries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class JournalEntry(Base):
    """A security event of an account. Never changed, and removed only when a signed cut covers it."""

    __tablename__ = "journal_entry"
    __table_args__ = (UniqueConstraint("account_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seq: Mapped[int]
    """The entry's number in its account, from 1 without gaps."""
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(32))
    details: Mapped[str] = mapped_column(Text)
    """JSON exactly as it was signed: plain values, never a secret, numbers masked."""
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(97))
    """``key:hex``, over the MAC of the entry before and this entry."""


class JournalCut(Base):
    """A signed record that an operator removed the entries up to a number; the chain continues from its MAC."""

    __tablename__ = "journal_cut"
    __table_args__ = (UniqueConstraint("account_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seq: Mapped[int]
    """The number of the last removed entry."""
    last_mac: Mapped[str] = mapped_column(String(97))
    """The MAC of the last removed entry."""
    at: Mapped[datetime]
    mac: Mapped[str] = mapped_column(String(97))


class DeletedAccount(Base):
    """A signed record that an account was deleted with its journal, so that the journal is not taken for lost."""

    __tablename__ = "deleted_account"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    """The number of its last entry."""
    at: Mapped[datetime]
    mac: Mapped[str] = mapped_column(String(97))


_COVERED = "SELECT 1 FROM journal_cut WHERE account_id = OLD.account_id AND seq >= OLD.seq"
_THERE = "SELECT 1 FROM journal_entry WHERE id = NEW.id OR (account_id = NEW.account_id AND seq = NEW.seq)"
_REFUSED = "the journal is only written to"
_SQLITE = [
    "DROP TRIGGER IF EXISTS journal_entry_update",
    f"""CREATE TRIGGER journal_entry_update BEFORE UPDATE ON journal_entry
        BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END""",
    "DROP TRIGGER IF EXISTS journal_entry_delete",
    f"""CREATE TRIGGER journal_entry_delete BEFORE DELETE ON journal_entry WHEN NOT EXISTS ({_COVERED})
        BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END""",
    # INSERT OR REPLACE deletes without firing the trigger above.
    "DROP TRIGGER IF EXISTS journal_entry_replace",
    f"""CREATE TRIGGER journal_entry_replace BEFORE INSERT ON journal_entry WHEN EXISTS ({_THERE})
        BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END""",
]
_POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION journal_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF EXISTS ({_COVERED}) THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '{_REFUSED}';
        END $$""",
    "DROP TRIGGER IF EXISTS journal_entry_change ON journal_entry",
    """CREATE TRIGGER journal_entry_change BEFORE UPDATE OR DELETE ON journal_entry
        FOR EACH ROW EXECUTE FUNCTION journal_entry_refuse()""",
    "DROP TRIGGER IF EXISTS journal_entry_truncate ON journal_entry",
    """CREATE TRIGGER journal_entry_truncate BEFORE TRUNCATE ON journal_entry
        FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_refuse()""",
]


def triggers(dialect_name: str) -> list[str]:
    """Return the statements that (re)create the triggers: a migration that rebuilds the table loses them."""
    return _SQLITE if dialect_name == "sqlite" else _POSTGRESQL
