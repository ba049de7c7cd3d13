"""The queue of a process that sends its own messages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)


class InMemory:
    """A queue and the threads that wait on it. While no thread runs, ids are dropped: a sweep finds the row."""

    def __init__(self, deliver: Callable[[int], None]) -> None:
        self._deliver = deliver
        self._threads: list[threading.Thread] = []
        self._ids: SimpleQueue[int | None] = SimpleQueue()
        """None wakes a thread to look at ``_stop``."""
        self._stop = threading.Event()

    def put(self, delivery_id: int) -> None:
        if self._threads:
            self._ids.put(delivery_id)

    def start(self, threads: int) -> None:
        self._ids, self._stop = SimpleQueue(), threading.Event()
        for number in range(1, threads + 1):
            waiting = self._ids, self._stop
            thread = threading.Thread(target=self._work, args=waiting, daemon=True, name=f"Worker-{number}")
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        threads, self._threads = self._threads, []
        self._stop.set()
        for _ in threads:
            self._ids.put(None)
        for each in threads:
            each.join()

    def _work(self, ids: SimpleQueue[int | None], stop: threading.Event) -> None:
        while True:
            delivery_id = ids.get()
            if stop.is_set():
                return
            if delivery_id is not None:
                self._try(delivery_id)

    def _try(self, delivery_id: int) -> None:
        try:
            self._deliver(delivery_id)
        except Exception as error:  # noqa: BLE001 - the thread goes on; the lease runs out, and a sweep finds the row
            log.error("delivery failed: %s", type(error).__name__)  # noqa: TRY400 - not its words: they may hold a code
