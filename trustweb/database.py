"""The database: one engine per process, and the only way to open a transaction of the domain."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from trustweb import engines
from trustweb.clock import Clock, HighWaterMark, Monotonic, utc_now
from trustweb.config import Config
from trustweb.keys import KeyRing
from trustweb.models import NOW, Account, Site
from trustweb.statements import Statements
from trustweb.turns import Turns
from trustweb.work import NOWHERE, Origin, Refused, Work

log = logging.getLogger(__name__)


@contextmanager
def retry_later() -> Iterator[None]:
    """Log a failure of one account's due task and go on: it is tried again next time, and delays no other account's."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        log.error("put off again: %s", type(error).__name__)  # noqa: TRY400


_SEEN = select(Site.seen_at)
_RAISE = update(Site).where(Site.seen_at <= NOW).values(seen_at=NOW)
# FOR NO KEY UPDATE: writers to an account wait for one another, but an INSERT that only refers to the account does not.
# Otherwise a worker that holds a delivery could deadlock with a transaction that waits for that delivery.
_LOCK = select(Account.id).where(Account.id == bindparam("account")).with_for_update(key_share=True)


class Database:
    """The database of one process. Transactions come from ``reading`` and ``writing`` only."""

    def __init__(
        self, config: Config, keys: KeyRing, clock: Clock = utc_now, monotonic: Monotonic = time.monotonic
    ) -> None:
        self.config = config
        self.keys = keys
        self.wake: Callable[[int], None] = lambda _delivery_id: None
        self.engine = engines.make(config.database)
        self._connections = engines.Connections(self.engine)
        self._statements = Statements(self.engine.dialect)
        file = engines.file_of(config.database)
        self._turn: Callable[[], AbstractContextManager[None]] = Turns(file).take if file else nullcontext
        self._clocks = clock, monotonic
        self._mark: HighWaterMark | None = None
        self._stored: datetime | None = None

    @contextmanager
    def reading(self, *, one_moment: bool = False) -> Iterator[Work]:
        """Open a reading transaction. ``one_moment``: all its statements see one snapshot."""
        work = self.start_reading(one_moment=one_moment)
        try:
            yield work
        finally:
            work.close()

    def start_reading(self, *, one_moment: bool = False) -> Work:
        """Begin a reading transaction, which ends when its work is closed."""
        work = self._start(NOWHERE)
        engines.begin(work.connection, one_moment=one_moment)
        return work

    def _start(self, origin: Origin) -> Work:
        now = self.now()
        connections = self._connections
        return Work(connections.take(), connections.give_back, self._statements, now, self.config, self.keys, origin)

    def close(self) -> None:
        """Close all connections, once nothing uses them any more."""
        self._connections.close()

    @contextmanager
    def writing(
        self, account_id: int | None = None, origin: Origin = NOWHERE, *, durable: bool = True
    ) -> Iterator[Work]:
        """Open a writing transaction. Commit at the end; roll back on an exception, unless a refusal keeps changes.

        With an account, other writers to it wait: SQLite has one writer anyway, and PostgreSQL locks its row.
        durable: False where a power cut may take the changes back, though nothing else may. SQLite's other writers then
        do not wait for the disk.
        """
        self.now()
        with self._waking() as committed, self._turn():
            work = self._start(origin)
            try:
                engines.begin(work.connection, to_write=True, durable=durable)
                if account_id is not None and self.engine.dialect.name != "sqlite":
                    work.execute(_LOCK, {"account": account_id})
                work.now = self.now()  # the time inside the lock
                self._raise_mark(work)
                yield work
                committed += self._commit(work)
            except Refused as refusal:
                if refusal.keeps_changes:
                    committed += self._commit(work)
                raise
            finally:
                work.close()

    @contextmanager
    def _waking(self) -> Iterator[list[int]]:
        """Tell workers of the deliveries that are in the list at the end.

        After the turn and without a connection, or a queue's server that hangs would hold up all processes' writers.
        """
        committed: list[int] = []
        try:
            yield committed
        finally:
            for delivery_id in committed:
                self.wake(delivery_id)

    def _commit(self, work: Work) -> list[int]:
        """Commit, and return the ids of the deliveries that workers may be told of."""
        work.flush()
        engines.commit(work.connection)
        if work.raised_mark:
            self._stored = work.now
        for act in work.afterwards.values():
            act()
        return work.woken

    def now(self) -> datetime:
        """Return the site's time (see ``clock.HighWaterMark``)."""
        if self._mark is None:
            with self.engine.connect() as connection:
                self._mark = HighWaterMark(*self._clocks, connection.scalar(_SEEN))
        return self._mark.now()

    def wall(self) -> datetime:
        """Return the machine's time, for what others compare with their own clocks."""
        return self._clocks[0]()

    def _raise_mark(self, work: Work) -> None:
        """Store the high-water mark, at most once a minute: otherwise all writes would wait for this one row."""
        if self._stored is not None and work.now - self._stored < timedelta(minutes=1):
            return
        if not work.changed(_RAISE, {"now": work.now}):  # another process has seen a later moment
            assert self._mark is not None
            work.now = self._mark.raise_to(work.execute(_SEEN).scalar_one())
        work.raised_mark = True
