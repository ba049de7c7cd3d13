"""Writers of one SQLite database take turns.

SQLite has one writer at a time. The others ask again and again and sleep longer each time, so that whoever came just
now goes before whoever has waited longest. Therefore the threads of a process wait for one another, and the processes
queue at a file beside the database. The queue is not the lock: BEGIN IMMEDIATE decides, and where the queue fails or
does not move, SQLite's own waiting is what there is.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

from sqlalchemy.exc import OperationalError

from trustweb import engines

log = logging.getLogger(__name__)
_OPEN = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Nothing that somebody put in the file's place makes us wait or leads elsewhere."""


class Turns:
    """The writers' turns in one process, which may fork."""

    def __init__(self, database: Path, patience: float = engines.PATIENCE) -> None:
        self._path = database.with_name(f"{database.name}-queue")
        self._patience = patience
        self._threads = threading.Lock()
        self._waiter: _Waiter | None = None
        self._has_warned = False

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn, and have it. Raises OperationalError when this process's other threads take too long."""
        if not self._threads.acquire(timeout=self._patience):
            raise OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))
        try:
            place = self._queue()
            try:
                yield
            finally:
                if place is not None:
                    _leave(place)
        finally:
            self._threads.release()

    def _queue(self) -> int | None:
        """Wait to be the first in the queue. Returns None when there is no queue, or when it does not move."""
        if self._waiter is not None and self._waiter.is_stuck():
            return None  # or each writer would wait in vain
        try:
            # Anew each time: a descriptor from before a fork would share the place of another process.
            place = os.open(self._path, _OPEN, 0o600)
        except OSError as error:
            self._warn(error.strerror)
            return None
        if (opened := os.fstat(place)).st_mode & 0o077:
            # Whoever may open the file may hold the writers up. One from a backup may have such a mode.
            if opened.st_uid != os.geteuid():
                os.close(place)
                self._warn("others may open it")
                return None
            os.fchmod(place, 0o600)
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._wait(place)
        except OSError:  # a file system without such locks
            pass
        return place

    def _warn(self, why: str | None) -> None:
        """Say once that there is no queue. SQLite's own waiting is what is left."""
        if not self._has_warned:
            self._has_warned = True
            log.warning("writers do not queue at %s: %s", self._path.name, why)

    def _wait(self, place: int) -> int | None:
        """Let a thread wait for the place: flock has no time-out."""
        if self._waiter is None or not self._waiter.is_alive():  # at first, after a fork, and after one that was stuck
            self._waiter = _Waiter()
            try:
                self._waiter.start()
            except RuntimeError:  # no more threads
                os.close(place)
                return None
        first = self._waiter.stand(place)
        with suppress(TimeoutError):
            first.result(self._patience / 2)  # the threads behind us are to have their turn, too
        if not first.cancel():
            return place
        self._waiter.end()
        return None


class _Waiter(threading.Thread):
    """Waits in flock for others. It is kept: starting a thread takes four times as long as waking one."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="write queue")
        self._places: SimpleQueue[tuple[int, Future[None]] | None] = SimpleQueue()
        self._ends = False

    def stand(self, place: int) -> Future[None]:
        """Stand in the queue until the future is done, or is cancelled."""
        first: Future[None] = Future()
        self._places.put((place, first))
        return first

    def end(self) -> None:
        """Leave the queue as soon as possible, and end."""
        self._ends = True
        self._places.put(None)

    def is_stuck(self) -> bool:
        """Return whether somebody gave up waiting, and flock has not returned yet."""
        return self._ends and self.is_alive()

    def run(self) -> None:
        """Wait for one after the other."""
        for place, first in iter(self._places.get, None):
            with suppress(OSError):
                fcntl.flock(place, fcntl.LOCK_EX)
            if first.set_running_or_notify_cancel():
                first.set_result(None)
            else:
                _leave(place)


def _leave(place: int) -> None:
    with suppress(OSError):
        fcntl.flock(place, fcntl.LOCK_UN)  # closing is not enough when a fork has a copy
    os.close(place)
