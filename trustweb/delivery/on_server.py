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
from huey.storage import PostgresStorage

from trustweb.config import ConfigError

_PATIENCE = 1.5
"""Seconds that the server may take for one answer: a request waits for it."""
_TIME_OUT = f"SET statement_timeout = {int(_PATIENCE * 1000)}"
_NO_SERVER = "TRUSTWEB_QUEUE_URL must be like redis://host:6379/0 or postgresql://user@host:5432/database."


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


class _Postgres(PostgresStorage):  # type: ignore[misc]
    """Makes its tables at the first connection and not at once: the server may be down when a process starts."""

    def _connect(self) -> Any:
        return self._prepared(super()._connect(), _TIME_OUT)  # pgbouncer would refuse it as an option of the connection

    def _create_connection(self) -> Any:
        return self._prepared(self._connect(), *self.ddl)

    def _prepared(self, connection: Any, *statements: str) -> Any:
        try:
            for statement in statements:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection


def _connect(url: str, secret: bytes) -> Any:
    """Return huey's client, which connects when it is first used. Raises ConfigError for a URL that names no server."""
    # Signed, because messages are pickled: whoever writes to the server's queue could have a worker run what they like.
    common: dict[str, Any] = {
        "name": "trustweb", "results": False, "serializer": SignedSerializer(secret=secret.hex())
    }  # fmt: skip
    if url.startswith(("redis", "unix")):
        from redis import ConnectionPool

        try:
            pool = ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=_PATIENCE)
        except ValueError:
            raise ConfigError(_NO_SERVER) from None
        return huey.RedisHuey(connection_pool=pool, **common)
    return huey.Huey(storage_class=_Postgres, dsn=_bounded(url), create_tables=False, **common)


def _bounded(url: str) -> str:
    """Return where PostgreSQL is, with times after which a connection counts as lost unless the URL has its own."""
    from psycopg import ProgrammingError, conninfo

    bounds: dict[str, Any] = {"connect_timeout": 2, "tcp_user_timeout": int(_PATIENCE * 1000)}
    try:
        return conninfo.make_conninfo(**bounds | conninfo.conninfo_to_dict(url.replace("+psycopg", "", 1)))
    except ProgrammingError:
        raise ConfigError(_NO_SERVER) from None
