"""What time it is for the site: what the machine's clock says, and never before the latest moment that was seen."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
Monotonic = Callable[[], float]
"""Seconds from anywhere on, by a clock that nobody can set: ``time.monotonic``."""

_TOLERATED = timedelta(seconds=5)
"""So far machines differ, and time servers put a clock right."""
_SAID_EVERY = 3600
log = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


class HighWaterMark:
    """The latest moment that the site has seen. While the clock stands before it, time goes on from there.

    A clock that was set back opens nothing that was closed; and nothing stays open, or shut, until it has caught up.
    """

    def __init__(self, clock: Clock, monotonic: Monotonic, seen: datetime | None) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._moment = seen or clock()
        self._tick = monotonic()
        self._say_again = self._tick

    def now(self) -> datetime:
        with self._lock:
            wall = self._clock()  # before the tick: a thread that has to wait in between must not put time ahead
            return self._move(wall)

    def raise_to(self, moment: datetime) -> datetime:
        """Another process has seen a later moment."""
        with self._lock:
            return self._move(moment)

    def _move(self, moment: datetime) -> datetime:
        tick = self._monotonic()
        going_on = self._moment + timedelta(seconds=tick - self._tick)
        if going_on - moment > _TOLERATED and tick >= self._say_again:
            self._say_again = tick + _SAID_EVERY
            log.warning(
                "the clock stands %d seconds before the latest moment that this site has seen; time goes on from there",
                (going_on - moment).total_seconds(),
            )
        self._moment, self._tick = max(moment, going_on), tick
        return self._moment
