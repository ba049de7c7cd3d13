"""The readiness check of this process, including a write to the database, tried at most once in ten seconds."""

from __future__ import annotations

import shutil
import threading

from sqlalchemy import update

from trustweb import engines, faults
from trustweb.clock import Monotonic
from trustweb.database import Database
from trustweb.models import NOW, Site

_EVERY = 10
_LEAST_FREE = 1 << 20
"""Bytes that must be free: on a full disk a small write may still fit into pages that SQLite has already allocated."""
# It changes the time of the mark: SQLite would not write a row that stays as it is.
_WRITE = update(Site).where(Site.seen_at < NOW).values(seen_at=NOW)


class Readiness:
    """The cached result of the check."""

    def __init__(self, database: Database, monotonic: Monotonic) -> None:
        file = engines.file_of(database.config.database)
        self._folders = {database.config.instance, file.parent if file else database.config.instance}
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._problem: str | None = None
        self._again_at = 0.0

    def problem(self) -> str:
        """Return the reason why the process is not ready, or ""."""
        # While one thread asks the database, which may take seconds, the others get the last result.
        if not self._lock.acquire(blocking=self._problem is None):
            return self._problem or ""
        try:
            if self._problem is None or self._monotonic() >= self._again_at:
                self._problem = self._try()
                self._again_at = self._monotonic() + _EVERY
            return self._problem
        finally:
            self._lock.release()

    def _try(self) -> str:
        try:
            if any(shutil.disk_usage(each).free < _LEAST_FREE for each in self._folders):
                return "the disk is full"
            with self._database.writing() as work:
                work.execute(_WRITE, {"now": work.now})
        except (*faults.DATABASE, OSError):
            return "the database cannot be written"
        return ""
