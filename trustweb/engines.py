"""Engines, and how a transaction begins on SQLite, which has one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.util import LRUCache

_KEPT = 500
"""Compiled statements that are kept at hand."""
PATIENCE = 5
"""Seconds that a writer waits for SQLite's one lock."""


class _Begin(threading.local):
    """How this thread begins a transaction on SQLite."""

    words = "BEGIN"

    @contextmanager
    def to_write(self) -> Iterator[None]:
        # A deferred BEGIN that writes later fails at once when somebody else wrote in between.
        self.words = "BEGIN IMMEDIATE"
        try:
            yield
        finally:
            self.words = "BEGIN"

    def do(self, connection: Any) -> None:
        connection.dbapi_connection.execute(self.words)


begin = _Begin()


class _Compiled(LRUCache[Any, Any]):
    """SQLAlchemy's cache of compiled statements, which knows at sight a statement that was built once.

    SQLAlchemy's key is a deep tuple, the same one at each use of such a statement. To hash and to compare it takes a
    third of the time that the statement takes, more after a password check: that empties the processor's caches.
    """

    def __init__(self) -> None:
        super().__init__(_KEPT)
        self._met: dict[Any, tuple[Any, Any]] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        _dialect, statement, *how = key
        sight = id(statement), *how
        if (met := self._met.get(sight)) is None:
            if (compiled := super().get(key)) is None:
                return default
            if len(self._met) >= _KEPT:
                self._met.clear()
            # With the key, so that no other tuple takes its id.
            self._met[sight] = met = key, compiled
        return met[1]


def make(url: str) -> Engine:
    options: dict[str, Any] = {"execution_options": {"compiled_cache": _Compiled()}}
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, pool_recycle=1800, **options)
    options["connect_args"] = {"timeout": PATIENCE, "check_same_thread": False}
    # Last in, first out: the connection that was used just now has the statements and the pages at hand.
    engine = create_engine(url, pool_use_lifo=True, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", f"busy_timeout={PATIENCE * 1000}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    # In the dialect and not by an event: where one listens, SQLAlchemy looks for listeners at every statement.
    engine.dialect.do_begin = begin.do  # type: ignore[method-assign,assignment]
    return engine


@contextmanager
def writing_on(engine: Engine) -> Iterator[Connection]:
    """A writing transaction without the domain's rules, for whoever looks after the tables."""
    with engine.connect() as connection:
        with begin.to_write():
            connection.begin()
        yield connection
        connection.commit()
