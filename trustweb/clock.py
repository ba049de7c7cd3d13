"""The site's time: the machine's clock, but never earlier than the latest moment that the site has seen."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
Monotonic = Callable[[], float]
"""Returns seconds since an arbitrary moment, by a clock that nobody can set: ``time.monotonic``."""

_TOLERATED = timedelta(seconds=5)
"""The difference without a warning: clocks of machines differ by so much, and time servers correct it."""
_SAID_EVERY = 3600
log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the machine's time, aware, in UTC."""
    return datetime.now(UTC)


class HighWaterMark:
    """The latest moment that the site has seen. While the clock is behind it, time continues from there.

    So a clock that is set back reopens no window, lock or expired code; and none of them lasts longer until the clock
    has caught up.
    """

    def __init__(self, clock: Clock, monotonic: Monotonic, seen: datetime | None) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._moment = seen or clock()
        self._tick = monotonic()
        self._say_again = self._tick

    def now(self) -> datetime:
        """Return the site's time."""
        with self._lock:
            wall = self._clock()  # before the tick: a thread that is paused in between must not move time ahead
            return self._move(wall)

    def raise_to(self, moment: datetime) -> datetime:
        """Move the mark to a later moment that another process has seen, and return the site's time."""
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
