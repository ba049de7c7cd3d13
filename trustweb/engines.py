"""Engines, their connections, and how a transaction begins and ends on them."""

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
"""Seconds that a writer waits for SQLite's one lock."""


def file_of(url: str | URL) -> Path | None:
    """Where an SQLite database is; None for a server's."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    if parsed.database.startswith("file:"):
        return Path(unquote(parsed.database.removeprefix("file:")))
    return Path(parsed.database)


def make(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, pool_recycle=1800)
    connect_args = {"timeout": PATIENCE, "check_same_thread": False}
    engine = create_engine(_existing(url), poolclass=NullPool, connect_args=connect_args)  # Connections keeps them

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", f"busy_timeout={PATIENCE * 1000}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    # In the dialect and not by an event: where one listens, SQLAlchemy looks for listeners at every statement.
    engine.dialect.do_begin = _begin_unless_begun  # type: ignore[method-assign,assignment]
    return engine


def _existing(url: str) -> URL:
    """By a name that makes no file: where the database is lost, SQLite would begin an empty one."""
    parsed = make_url(url)
    if not parsed.database or parsed.database.startswith("file:"):
        return parsed
    return parsed.set(database=f"file:{quote(parsed.database)}").update_query_dict({"mode": "rw", "uri": "true"})


def _begin_unless_begun(connection: Any) -> None:
    """SQLAlchemy begins when a statement goes through it; most transactions have begun by then."""
    if not connection.dbapi_connection.in_transaction:
        connection.dbapi_connection.execute("BEGIN")


def driver(connection: Connection) -> Any:
    """The driver's own connection."""
    return cast("Any", connection.connection.dbapi_connection)


def begin(connection: Connection, *, to_write: bool = False, one_moment: bool = False) -> None:
    """Begin a transaction. Not by way of SQLAlchemy on SQLite, where that takes as long as a statement.

    one_moment: every statement sees what the first one saw, as in all transactions of SQLite.
    """
    if connection.dialect.name != "sqlite":
        if one_moment:
            connection.execution_options(isolation_level="REPEATABLE READ")
        connection.begin()
        return
    # A deferred BEGIN that writes later fails at once when somebody else wrote in between.
    sql = "BEGIN IMMEDIATE" if to_write else "BEGIN"
    try:
        driver(connection).execute(sql)
    except sqlite3.Error as error:
        raise refused(connection, error, sql) from error


def commit(connection: Connection) -> None:
    if connection.get_transaction() is not None:
        connection.commit()
        return
    try:
        driver(connection).commit()
    except sqlite3.Error as error:
        raise refused(connection, error, "COMMIT") from error


def undo(connection: Connection) -> None:
    if connection.get_transaction() is not None:
        connection.rollback()
    else:
        driver(connection).rollback()


def refused(connection: Connection, error: Exception, sql: str) -> Exception:
    """The driver's error as SQLAlchemy's, without the values; a lost connection goes to nobody else."""
    dialect: Any = connection.dialect
    if gone := dialect.is_disconnect(error, driver(connection), None):
        connection.invalidate(error)
    return DBAPIError.instance(
        sql, None, error, dialect.dbapi.Error, hide_parameters=True, connection_invalidated=gone, dialect=dialect
    )


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
        try:
            undo(connection)
        except (DBAPIError, sqlite3.Error):  # it is broken; to close it undoes the rest
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
    """A writing transaction without the domain's rules, for whoever looks after the tables."""
    with engine.connect() as connection:
        begin(connection, to_write=True)
        yield connection
        commit(connection)
