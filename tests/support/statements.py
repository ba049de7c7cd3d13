"""The SQL statements that an act executes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.kit import Kit
from trustweb.database import Database
from trustweb.statements import Prepared


@dataclass(frozen=True)
class Executed:
    sql: str
    rows: int


@contextmanager
def executed(database: Database) -> Iterator[list[Executed]]:
    """Those that SQLAlchemy executes, and those that go straight to the driver."""
    done: list[Executed] = []
    straight = Prepared.cursor

    def noted(_connection: object, cursor: Any, sql: str, *_more: object) -> None:
        done.append(Executed(sql, cursor.rowcount))

    def cursor(prepared: Prepared, *how: Any) -> Any:
        made = straight(prepared, *how)
        done.append(Executed(prepared.sql, made.rowcount))
        return made

    event.listen(database.engine, "after_cursor_execute", noted)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Prepared, "cursor", cursor)
            yield done
    finally:
        event.remove(database.engine, "after_cursor_execute", noted)


def statements_of(kit: Kit, act: Callable[[], object]) -> list[str]:
    with executed(kit.core.database) as asked:
        act()
    return [each.sql for each in asked if "UPDATE site" not in each.sql]  # the first one of each second does that
