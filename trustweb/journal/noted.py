"""What the heads file says, to be looked up: it has a line for every entry that ever was, more than memory holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from trustweb.journal.heads import Head


class Noted:
    """In a database for the time being, which SQLite keeps in memory while it is small.

    The first line counts: after a restored backup another entry may get the same number.
    """

    def __init__(self, heads: Iterable[Head]) -> None:
        self._found = sqlite3.connect("")
        self._found.execute(
            "CREATE TABLE head (account INTEGER, seq INTEGER, mac TEXT, at TEXT, PRIMARY KEY (account, seq)) "
            "WITHOUT ROWID"
        )
        self._found.executemany("INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?)", heads)

    def accounts(self) -> set[int]:
        return {account for (account,) in self._found.execute("SELECT DISTINCT account FROM head")}

    def find(self, account_id: int, seq: int) -> Head | None:
        row = self._found.execute("SELECT * FROM head WHERE account = ? AND seq = ?", (account_id, seq)).fetchone()
        return Head(*row) if row else None

    def newest(self, account_id: int) -> int:
        """0: it says nothing of this account."""
        (seq,) = self._found.execute("SELECT max(seq) FROM head WHERE account = ?", (account_id,)).fetchone()
        return int(seq or 0)

    def close(self) -> None:
        self._found.close()
