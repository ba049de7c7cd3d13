"""Engines, and how a transaction begins on SQLite, which has one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

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
    connect_args = {"timeout": PATIENCE, "check_same_thread": False}
    engine = create_engine(url, poolclass=NullPool, connect_args=connect_args)  # Connections keeps them

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", f"busy_timeout={PATIENCE * 1000}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    # In the dialect and not by an event: where one listens, SQLAlchemy looks for listeners at every statement.
    engine.dialect.do_begin = begin.do  # type: ignore[method-assign,assignment]
    return engine


class Connections:
    """An engine's connections, for one transaction at a time each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLAlchemy's pool makes all but the driver's connection anew at each use, which takes longer than most of our
        # statements. PostgreSQL needs it: a server may go away, and come back.
        self._most_kept = 5 if engine.dialect.name == "sqlite" else 0
        self._kept: list[Connection] = []

    def take(self) -> Connection:
        """Last in, first out: the one that was used just now has the statements and the pages at hand."""
        try:
            return self._kept.pop()
        except IndexError:
            return self._engine.connect()

    def give_back(self, connection: Connection) -> None:
        """What was not committed is undone."""
        if len(self._kept) >= self._most_kept:
            connection.close()
            return
        connection.rollback()
        self._kept.append(connection)

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()
        self._engine.dispose()


@contextmanager
def writing_on(engine: Engine) -> Iterator[Connection]:
    """A writing transaction without the domain's rules, for whoever looks after the tables."""
    with engine.connect() as connection:
        with begin.to_write():
            connection.begin()
        yield connection
        connection.commit()
