"""An index of the heads file, which has a line for every entry ever written: more than memory holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from trustweb.journal.heads import Head


class HeadIndex:
    """Look-up of heads, in a temporary SQLite database that stays in memory while it is small.

    The first line with a number counts: after a restored backup another entry may get the same number.
    """

    def __init__(self, heads: Iterable[Head]) -> None:
        self._found = sqlite3.connect("")
        self._found.execute(
            "CREATE TABLE head (account INTEGER, seq INTEGER, mac TEXT, at TEXT, PRIMARY KEY (account, seq)) "
            "WITHOUT ROWID"
        )
        self._found.executemany("INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?)", heads)

    def accounts(self) -> set[int]:
        """Return the ids of all accounts in the file."""
        return {account for (account,) in self._found.execute("SELECT DISTINCT account FROM head")}

    def find(self, account_id: int, seq: int) -> Head | None:
        row = self._found.execute("SELECT * FROM head WHERE account = ? AND seq = ?", (account_id, seq)).fetchone()
        return Head(*row) if row else None

    def newest(self, account_id: int) -> int:
        """Return the highest number of an account's entries in the file; 0 when it has none."""
        (seq,) = self._found.execute("SELECT max(seq) FROM head WHERE account = ?", (account_id,)).fetchone()
        return int(seq or 0)

    def close(self) -> None:
        self._found.close()
