"""huey's worker threads, as a process needs them that is not huey's own. Only ``queue`` imports this, and late."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Any

from huey.consumer import Consumer
from huey.storage import MemoryStorage


class Memory(MemoryStorage):  # type: ignore[misc]
    """Where threads wait for a message; with huey's own they ask again and again whether there is one."""

    blocking = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._messages: SimpleQueue[bytes | None] = SimpleQueue()

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        self._messages.put(data)

    def dequeue(self) -> bytes | None:
        return self._messages.get()

    def queue_size(self) -> int:
        return self._messages.qsize()

    def let_go(self, threads: int) -> None:
        """Let so many threads go on without a message."""
        for _ in range(threads):
            self._messages.put(None)


class Threads(Consumer):  # type: ignore[misc]
    def _set_signal_handlers(self) -> None:
        """Leave the signals to whoever runs this process: the web server or ``trustweb worker``."""

    def stop(self, graceful: bool = False) -> None:
        self.stop_flag.set()
        if isinstance(self.huey.storage, Memory):
            self.huey.storage.let_go(self.workers)
        super().stop(graceful)
