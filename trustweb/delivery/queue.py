"""The queue that wakes workers, and the threads of a process that are woken."""

from __future__ import annotations

import atexit
import logging
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from trustweb.config import Config
from trustweb.delivery.worker import Sender

log = logging.getLogger(__name__)
_TIDY_EVERY = 60
"""Sweeps: five minutes, as settings are."""


@dataclass(slots=True)
class _Running:
    consumer: Any
    sweep: threading.Thread
    stop: threading.Event


class Queue:
    """Wakes workers: huey in memory, on Redis or on PostgreSQL. Losing it loses a few seconds, nothing else."""

    def __init__(self, config: Config, secret: bytes, sender: Sender) -> None:
        self._config = config
        self._sender = sender
        self.huey = _make_huey(config.queue_url, secret)
        self._task = self.huey.task(name="deliver")(sender.deliver_patiently)
        self._running: _Running | None = None
        self._lock = threading.Lock()

    def wake(self, delivery_id: int) -> None:
        try:
            self._task(delivery_id)
        except Exception as error:  # noqa: BLE001 - a plugin, or a queue, may raise anything
            # The row is safe; a worker's sweep finds it within seconds.
            log.error("queue does not answer: %s", type(error).__name__)  # noqa: TRY400

    def start(self) -> None:
        """Start this process's worker threads, once."""
        with self._lock:
            if self._running is not None:
                return
            consumer = _make_consumer(self.huey, self._config.worker_threads)
            consumer.start()
            stop = threading.Event()
            sweep = threading.Thread(target=self._sweep_on, args=(stop,), daemon=True, name="sweep")
            sweep.start()
            self._running = _Running(consumer, sweep, stop)
            atexit.register(self.stop)  # a web server ends its processes without a word to us

    def stop(self) -> None:
        """Let sends that are under way end, and start no others."""
        with self._lock:
            if self._running is not None:
                self._running.stop.set()
                self._running.consumer.stop(graceful=True)
                self._running.sweep.join()
                self._sender.finish()
                self._running = None
                atexit.unregister(self.stop)

    def _sweep_on(self, stop: threading.Event) -> None:
        rounds = 0
        with ThreadPoolExecutor(self._config.worker_threads, thread_name_prefix="sweep") as pool:
            # Not all processes at the same moment.
            while not stop.wait(self._config.sweep * random.uniform(0.8, 1.2)):
                try:
                    self._sender.sweep(pool)
                    if rounds % _TIDY_EVERY == 0:
                        self._sender.tidy()
                    rounds += 1
                except SQLAlchemyError as error:
                    log.error("sweep: the database does not answer: %s", type(error).__name__)  # noqa: TRY400


def _import_huey(url: str) -> Any:
    """Import it late, and without the drivers that this queue does not use.

    huey imports the drivers of all its storages that it finds, which costs a web process 20 MiB.
    """
    scheme = url.partition(":")[0]
    drivers = {"redis": ("redis", "rediss", "unix"), "psycopg": ("postgresql", "postgresql+psycopg")}
    unused = [name for name, schemes in drivers.items() if scheme not in schemes and name not in sys.modules]
    sys.modules.update(dict.fromkeys(unused))  # type: ignore[arg-type] # None is Python's word for: not installed
    try:
        import huey
    finally:
        for name in unused:
            del sys.modules[name]
    return huey


def _make_huey(url: str, secret: bytes) -> Any:
    huey = _import_huey(url)
    from huey.serializer import SignedSerializer

    if url.startswith("memory"):
        from trustweb.delivery.threads import Memory

        return huey.MemoryHuey(name="trustweb", results=False, storage_class=Memory)
    # Whoever writes to the queue could else have a worker run what they like: messages are pickled.
    common: dict[str, Any] = {
        "name": "trustweb", "results": False, "serializer": SignedSerializer(secret=secret.hex())
    }  # fmt: skip
    if url.startswith(("redis", "unix")):
        from redis import ConnectionPool

        pool = ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=1.5)
        return huey.RedisHuey(connection_pool=pool, **common)
    return huey.PostgresHuey(dsn=url.replace("+psycopg", "", 1), **common)


def _make_consumer(queue: Any, threads: int) -> Any:
    from trustweb.delivery.threads import Threads

    return Threads(queue, workers=threads, periodic=False, initial_delay=0.02, max_delay=0.2, check_worker_health=False)
