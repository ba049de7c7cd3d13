"""Engines, and how a transaction begins on SQLite, which has one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

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


def make(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, pool_recycle=1800)
    # Last in, first out: the connection that was used just now has the statements and the pages at hand.
    engine = create_engine(url, pool_use_lifo=True, connect_args={"timeout": PATIENCE, "check_same_thread": False})

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
