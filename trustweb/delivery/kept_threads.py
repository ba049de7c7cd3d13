"""Threads that are kept: to start one for each message takes as long as to send it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class KeptThreads:
    """As many as were ever needed at once. They end with the process, whatever they are at."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Callable[[], None]]] = []

    def run(self, act: Callable[[], None]) -> None:
        """Run it in a thread that has nothing to do. It may not raise."""
        try:
            self._idle.pop().put(act)
        except IndexError:
            acts: SimpleQueue[Callable[[], None]] = SimpleQueue()
            acts.put(act)
            threading.Thread(target=self._work, args=(acts,), daemon=True, name="send").start()

    def _work(self, acts: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            acts.get()()
            self._idle.append(acts)
