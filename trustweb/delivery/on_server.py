"""The queue on Redis or PostgreSQL, with huey.

Only ``queue`` imports this module, and only when it is needed: huey imports the clients of all its servers, 20 MiB.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import huey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer


class OnServer:
    def __init__(self, url: str, secret: bytes, deliver: Callable[[int], None]) -> None:
        self._huey = _connect(url, secret)
        self._task = self._huey.task(name="deliver")(deliver)
        self._threads: _Threads | None = None
        self._lock = threading.Lock()
        self._huey.on_shutdown("close")(self._close)

    def put(self, delivery_id: int) -> None:
        self._task(delivery_id)

    def start(self, threads: int) -> None:
        # huey asks its server again and again; by default it backs off to ten seconds between two questions.
        pace = {"initial_delay": 0.02, "max_delay": 0.2}
        self._threads = _Threads(self._huey, workers=threads, periodic=False, check_worker_health=False, **pace)
        self._threads.start()

    def _close(self) -> None:
        """Close a thread's connection to PostgreSQL, which huey leaves to the garbage collector."""
        with self._lock:
            self._huey.storage.close()

    def stop(self) -> None:
        if self._threads is not None:
            self._threads.stop(graceful=True)
            self._threads = None


class _Threads(Consumer):  # type: ignore[misc]
    def _join_workers(self) -> bool:
        """Wait for the threads that started; huey waits for all of them, which fails when the machine had no more."""
        for each in (self.scheduler, *(thread for _, thread in self.worker_threads)):
            if each.is_alive():
                each.join()
        return True

    def _set_signal_handlers(self) -> None:
        """Leave signals to whoever runs this process: the web server or ``trustweb worker``."""


def _connect(url: str, secret: bytes) -> Any:
    # Signed, because messages are pickled: whoever writes to the server's queue could have a worker run what they like.
    common: dict[str, Any] = {
        "name": "trustweb", "results": False, "serializer": SignedSerializer(secret=secret.hex())
    }  # fmt: skip
    if url.startswith(("redis", "unix")):
        from redis import ConnectionPool

        pool = ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=1.5)
        return huey.RedisHuey(connection_pool=pool, **common)
    return huey.PostgresHuey(dsn=url.replace("+psycopg", "", 1), **common)
