"""The engine, and the one way to open a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast

from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from trustweb.config import Config
from trustweb.keys import KeyRing
from trustweb.models import Account, Site

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Refused(Exception):
    """The domain says no. A subclass is named after what happened and carries values, never sentences."""

    keeps_changes: ClassVar[bool] = False
    """True: what was written before the refusal stays, such as the try that a wrong code took."""


@dataclass(slots=True)
class Work:
    """One transaction, and what the domain needs in it: the rules, the keys, and what time it is."""

    connection: Connection
    """For reading plain columns, where every page passes: objects cost more than the query."""
    now: datetime
    config: Config
    keys: KeyRing
    woken: list[int] = field(default_factory=list)
    """Deliveries that a worker should look at once the transaction is safe."""
    raised_mark: bool = False
    _db: Session | None = None

    @property
    def db(self) -> Session:
        """For objects, in the same transaction."""
        if self._db is None:
            self._db = Session(self.connection, expire_on_commit=False, autoflush=False)
        return self._db

    def close(self) -> None:
        if self._db is not None:
            self._db.close()


class Database:
    """One engine a process. Transactions come from ``reading`` and ``writing`` only."""

    def __init__(self, config: Config, keys: KeyRing, clock: Clock = utc_now) -> None:
        self.config = config
        self.keys = keys
        self.wake: Callable[[int], None] = lambda _delivery_id: None
        self.engine = make_engine(config.database)
        self._writers = sessionmaker(self.engine.execution_options(writing=True), expire_on_commit=False)
        self._clock = clock
        self._mark: datetime | None = None
        self._stored: datetime | None = None

    @contextmanager
    def reading(self) -> Iterator[Work]:
        now = self.now()
        with self.engine.connect() as connection:
            work = Work(connection, now, self.config, self.keys)
            try:
                yield work
            finally:
                work.close()

    @contextmanager
    def writing(self, account_id: int | None = None) -> Iterator[Work]:
        """Commit at the end; roll back on an exception, unless it is a refusal that keeps changes.

        With an account, everything else that writes to it waits: SQLite has one writer anyway, and
        PostgreSQL locks the account's row.
        """
        self.now()
        with self._writers() as db:
            connection = db.connection()  # BEGIN now: the time below is then the time inside the lock
            if account_id is not None and self.engine.dialect.name != "sqlite":
                db.execute(select(Account.id).where(Account.id == account_id).with_for_update())
            work = Work(connection, self.now(), self.config, self.keys, _db=db)
            self._raise_mark(work)
            try:
                yield work
            except Refused as refusal:
                if refusal.keeps_changes:
                    self._commit(work)
                raise
            self._commit(work)

    def _commit(self, work: Work) -> None:
        work.db.commit()
        if work.raised_mark:
            self._stored = work.now
        for delivery_id in work.woken:
            self.wake(delivery_id)

    def now(self) -> datetime:
        """The clock, or the latest moment that this site has seen when the clock stands before it."""
        moment = self._clock()
        if self._mark is None:
            with self.engine.connect() as connection:
                self._mark = connection.scalar(select(Site.seen_at)) or moment
        self._mark = max(self._mark, moment)
        return self._mark

    def _raise_mark(self, work: Work) -> None:
        """Store the mark at most once a minute: otherwise every write would wait for this one row."""
        if self._stored is not None and work.now - self._stored < timedelta(minutes=1):
            return
        raised = update(Site).where(Site.seen_at <= work.now).values(seen_at=work.now)
        if not rows_changed(work.db, raised):  # another process has seen a later moment
            self._mark = work.now = work.db.scalars(select(Site.seen_at)).one()
        work.raised_mark = True


def rows_changed(db: Session, statement: Executable) -> int:
    """Execute an UPDATE or DELETE and say how many rows it met: the only safe answer to "was I first?"."""
    return cast("CursorResult[Any]", db.execute(statement)).rowcount


def make_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, pool_recycle=1800)
    engine = create_engine(url, connect_args={"timeout": 5, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred BEGIN that writes later fails at once when somebody else wrote in between.
        writing = connection.get_execution_options().get("writing")
        driver = cast("Any", connection.connection.dbapi_connection)
        try:
            driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        except sqlite3.Error as error:  # as SQLAlchemy would have said it
            raise OperationalError("BEGIN", None, error) from None

    return engine
