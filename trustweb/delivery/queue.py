"""The queue that wakes worker threads, and the sweep that finds what it lost."""

from __future__ import annotations

import atexit
import logging
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from trustweb.config import Config
from trustweb.delivery.in_memory import InMemory
from trustweb.delivery.worker import Sender

log = logging.getLogger(__name__)
_TIDY_EVERY = 60
"""Sweeps: five minutes, as settings are."""


class Backend(Protocol):
    """A queue that carries ids of messages to threads that send them."""

    def put(self, delivery_id: int) -> None:
        """Add an id. May raise any exception when a server does not answer."""

    def start(self, threads: int) -> None:
        """Start so many worker threads. Raises RuntimeError, perhaps after some of them, when there are no more."""

    def stop(self) -> None:
        """End the threads that started, once each has finished the message that it is sending."""


@dataclass(slots=True)
class _Running:
    sweep: threading.Thread
    stop: threading.Event


class Queue:
    """Wakes workers, in memory or by way of Redis or PostgreSQL. When it loses an id, a sweep sends the message."""

    def __init__(self, config: Config, secret: bytes, sender: Sender) -> None:
        self._config = config
        self._sender = sender
        self._backend = self._make(secret)
        self._running: _Running | None = None
        self._lock = threading.Lock()

    def _make(self, secret: bytes) -> Backend:
        deliver = self._sender.deliver_patiently
        if self._config.queue_url.startswith("memory"):
            return InMemory(deliver)
        from trustweb.delivery.on_server import OnServer

        return OnServer(self._config.queue_url, secret, deliver)

    def wake(self, delivery_id: int) -> None:
        try:
            self._backend.put(delivery_id)
        except Exception as error:  # noqa: BLE001 - a server's client may raise anything
            # The row is safe; a worker's sweep finds it within seconds.
            log.error("queue does not answer: %s", type(error).__name__)  # noqa: TRY400

    def start(self) -> None:
        """Start this process's worker threads, once."""
        with self._lock:
            if self._running is not None:
                return
            stop = threading.Event()
            sweep = threading.Thread(target=self._sweep_on, args=(stop,), daemon=True, name="sweep")
            try:
                self._backend.start(self._config.worker_threads)
                sweep.start()
            except RuntimeError:  # no more threads; the next request tries again, and would leave ever more of them
                self._backend.stop()
                raise
            self._running = _Running(sweep, stop)
            atexit.register(self.stop)  # a web server ends its processes without a word to us

    def stop(self) -> None:
        """Finish the sends that are under way, and start no others."""
        with self._lock:
            if self._running is not None:
                self._running.stop.set()
                self._backend.stop()
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
                except Exception as error:  # noqa: BLE001 - without a sweep, what is tried again is never sent
                    log.error("sweep failed: %s", type(error).__name__)  # noqa: TRY400 - its words may hold a code
