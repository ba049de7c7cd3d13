"""SQLAlchemy engines, their connections, and the begin and end of transactions on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, unquote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

PATIENCE = 5
"""Seconds that a writer waits for SQLite's write lock."""


def file_of(url: str | URL) -> Path | None:
    """Return the file of an SQLite database; None for PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    if parsed.database.startswith("file:"):
        return Path(unquote(parsed.database.removeprefix("file:")))
    return Path(parsed.database)


def make(url: str) -> Engine:
    """Make the engine of a database URL. On SQLite the file must exist."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, pool_recycle=1800)
    connect_args = {"timeout": PATIENCE, "check_same_thread": False}
    engine = create_engine(_existing(url), poolclass=NullPool, connect_args=connect_args)  # Connections keeps them

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we execute BEGIN ourselves
        for pragma in ("journal_mode=WAL", f"busy_timeout={PATIENCE * 1000}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    # In the dialect and not as an event listener: with one, SQLAlchemy looks for listeners at every statement.
    engine.dialect.do_begin = _begin_unless_begun  # type: ignore[method-assign,assignment]
    return engine


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Make an engine, and close all its connections at the end."""
    engine = make(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _existing(url: str) -> URL:
    """Return a URL that opens only an existing file: SQLite would create an empty one in place of a lost database."""
    parsed = make_url(url)
    if not parsed.database or parsed.database.startswith("file:"):
        return parsed
    return parsed.set(database=f"file:{quote(parsed.database)}").update_query_dict({"mode": "rw", "uri": "true"})


def _begin_unless_begun(connection: Any) -> None:
    """Begin a transaction when SQLAlchemy asks for one, unless ``begin`` has already, as for most."""
    if not connection.dbapi_connection.in_transaction:
        connection.dbapi_connection.execute("BEGIN")


def driver(connection: Connection) -> Any:
    """Return the driver's own connection."""
    return cast("Any", connection.connection.dbapi_connection)


def begin(connection: Connection, *, to_write: bool = False, one_moment: bool = False, durable: bool = True) -> None:
    """Begin a transaction. On SQLite without SQLAlchemy's own begin, which takes as long as a statement.

    one_moment: all statements see one snapshot (REPEATABLE READ), as always on SQLite.
    durable: False on SQLite: the commit does not wait for the disk.
    """
    if connection.dialect.name != "sqlite":
        if one_moment:
            connection.execution_options(isolation_level="REPEATABLE READ")
        connection.begin()
        return
    # A deferred transaction that writes later fails at once (SQLITE_BUSY_SNAPSHOT) when another one wrote meanwhile.
    sql = "BEGIN IMMEDIATE" if to_write else "BEGIN"
    try:
        if to_write:  # each time, for the connection is kept
            driver(connection).execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        driver(connection).execute(sql)
    except sqlite3.Error as error:
        raise refused(connection, error, sql) from error


def commit(connection: Connection) -> None:
    """Commit the transaction that ``begin`` began."""
    if connection.get_transaction() is not None:
        connection.commit()
        return
    try:
        driver(connection).commit()
    except sqlite3.Error as error:
        raise refused(connection, error, "COMMIT") from error


def undo(connection: Connection) -> None:
    """Roll back the transaction that ``begin`` began."""
    if connection.get_transaction() is not None:
        connection.rollback()
    else:
        driver(connection).rollback()


def refused(connection: Connection, error: Exception, sql: str) -> Exception:
    """Wrap the driver's error as SQLAlchemy's, without the values; a lost connection is not reused."""
    dialect: Any = connection.dialect
    if gone := dialect.is_disconnect(error, driver(connection), None):
        connection.invalidate(error)
    return DBAPIError.instance(
        sql, None, error, dialect.dbapi.Error, hide_parameters=True, connection_invalidated=gone, dialect=dialect
    )


class Connections:
    """A pool of an engine's connections, each used by one transaction at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLAlchemy's pool rebuilds everything but the driver's connection at each use, which takes longer than most of
        # our statements. PostgreSQL needs it, since a server may restart.
        self._most_kept = 5 if engine.dialect.name == "sqlite" else 0
        self._kept: list[Connection] = []

    def take(self) -> Connection:
        """Return a connection, last in, first out: the latest one has its statements and pages in the cache."""
        try:
            return self._kept.pop()
        except IndexError:
            return self._engine.connect()

    def give_back(self, connection: Connection) -> None:
        """Roll back what was not committed, and keep the connection for later use."""
        if len(self._kept) >= self._most_kept:
            connection.close()
            return
        try:
            undo(connection)
        except (DBAPIError, sqlite3.Error):  # it is broken; closing it rolls back
            connection.invalidate()
            connection.close()
        else:
            self._kept.append(connection)

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()
        self._engine.dispose()


@contextmanager
def writing_on(engine: Engine) -> Iterator[Connection]:
    """Open a writing transaction without the domain's rules, for the commands that maintain the tables."""
    with engine.connect() as connection:
        begin(connection, to_write=True)
        yield connection
        commit(connection)
