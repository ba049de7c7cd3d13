"""gunicorn's threaded worker with bounded waits, so that no client holds a thread or the event loop for long.

With gunicorn's own worker, a request that never ends holds a thread for ever, and a client that is told "Connection:
close" and does not close blocks the whole event loop for two seconds.
"""

from __future__ import annotations

import logging
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from selectors import EVENT_READ
from threading import Semaphore
from typing import TYPE_CHECKING, Any, cast

from gunicorn import glogging, http
from gunicorn.http import errors
from gunicorn.http.body import LengthReader
from gunicorn.workers.base import Worker as Base
from gunicorn.workers.gthread import ThreadWorker

from trustweb import headers, logs
from trustweb.gthread.wire import LARGEST_BODY, Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("trustweb.request")
BUSY_DELAY = 1
"""Seconds by which a 503 answer to a POST is delayed, so that a client in a loop is slowed down."""
_INCOMPLETE = object()
_STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.InvalidResponseHeader: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.InvalidResponseHeaderName: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The statuses for requests that gunicorn cannot parse; any other of its errors is a bad request."""


class Logger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's logger, in the format of our own logs."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            logs.format_as_json(handler)


class _Middleware:
    """WSGI middleware that closes connections with unread bodies, and marks busy answers to be delayed."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            if _is_unread(environ["wsgi.input"]):
                response.force_close()  # otherwise a thread would read the rest to find the next request behind it
            if status.startswith("503") and environ["REQUEST_METHOD"] == "POST":
                environ["gunicorn.socket"].delayed = bytearray()
            return start_response(status, headers, *error)

        response = cast("Any", start_response).__self__
        return self.app(environ, cast("StartResponse", start))


def _is_unread(body: Any) -> bool:
    reader = body.reader
    return bool(reader.length) if isinstance(reader, LengthReader) else getattr(reader, "parser", None) is not None


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, which gives a request to a thread only once all of it has arrived."""

    wsgi: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._slow_reads = Semaphore(max(1, self.cfg.threads // 2))
        self._incomplete: set[Any] = set()
        self._next_check = 0.0
        self._delayed: deque[tuple[float, Any, Future[Any]]] = deque()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi = _Middleware(self.wsgi)

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise RuntimeError("TLS ends in the proxy: trustweb.gthread.Worker takes neither certfile nor keyfile.")

    def handle_quit(self, sig: int, frame: Any) -> None:
        """End at once. gunicorn's own way waits for the pool's lock, which this very thread may hold when it is
        interrupted; it would then hang until the master kills it."""
        Base.handle_quit(self, sig, frame)

    def handle(self, conn: Any) -> Any:
        """Answer a request that has arrived, in a thread; otherwise leave the connection to the event loop."""
        if conn.parser is None:
            conn.sock = Wire(conn.sock, self._slow_reads)
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
            conn.data_ready = True
        unreader = conn.parser.unreader
        if not conn.sock.has_arrived(unreader.take_buffered()):
            return _INCOMPLETE
        unreader.unread(conn.sock.take())
        return super().handle(conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer a request that cannot be parsed, or an error that the app did not catch."""
        ours = not isinstance(exc, errors.ParseException | OSError)
        default = HTTPStatus.INTERNAL_SERVER_ERROR if ours else HTTPStatus.BAD_REQUEST
        status = _STATUS.get(type(exc), default)
        logs.request_id.set(secrets.token_hex(8))
        # Without gunicorn's message: it quotes the request, which may contain a link's token.
        log.log(
            logging.ERROR if status >= 500 else logging.INFO,
            "answered before the app",
            extra={"status": int(status), "error": type(exc).__name__},
            exc_info=exc if ours else None,
        )
        with suppress(OSError):
            client.sendall(self._answer(status))

    def _answer(self, status: HTTPStatus) -> bytes:
        body = f"{status.phrase}\n"
        core = self.wsgi.app.extensions["trustweb"]
        lines = [f"HTTP/1.1 {status:d} {status.phrase}", "Connection: close", f"Content-Length: {len(body)}"]
        lines += ["Content-Type: text/plain; charset=utf-8", f"X-Request-Id: {logs.request_id.get()}"]
        lines += [f"{name}: {value}" for name, value in (*headers.always(core.config), headers.NO_STORE)]
        return "\r\n".join([*lines, "", body]).encode()

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """Decide in the event loop, after ``handle``, what happens to a connection."""
        result = None if fs.cancelled() or fs.exception() else fs.result()
        if result is _INCOMPLETE:
            self._incomplete.add(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))
        elif result is not None and conn.sock.delayed is not None:
            self._delayed.append((time.monotonic() + BUSY_DELAY, conn, fs))
        elif result is False:
            self._close_gracefully(conn)
        else:
            super().finish_request(conn, fs)

    def _receive(self, conn: Any, wire: Wire) -> None:
        """Read more of a request, in the event loop, and queue it once it is complete."""
        if wire.has_arrived():
            self.poller.unregister(wire)
            self._incomplete.remove(conn)
            self.enqueue_req(conn)

    def murder_pending(self) -> None:
        """End late requests and send delayed answers: gunicorn calls it at least once a second."""
        super().murder_pending()
        now = time.monotonic()
        if now >= self._next_check or not self.alive:
            self._next_check = now + 1
            self._end_late(now)
        while self._delayed and self._delayed[0][0] <= now:
            _, conn, done = self._delayed.popleft()
            answer, conn.sock.delayed = conn.sock.delayed, None
            conn.sock.setblocking(False)
            with suppress(OSError):  # the client has gone, or does not read
                conn.sock.send(answer)
            self.finish_request(conn, done)

    def _end_late(self, now: float) -> None:
        for conn in [each for each in self._incomplete if each.sock.deadline <= now or not self.alive]:
            self.poller.unregister(conn.sock)
            self._incomplete.remove(conn)
            self._drop(conn)

    def _close_gracefully(self, conn: Any) -> None:
        """Shut down our side, and let the event loop wait a little until the client closes its own.

        Data that the client still sends to a closed socket would reset the connection and cut off the answer.
        """
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError, KeyError):
            self._drop(conn)
            return
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)

    def _drain(self, conn: Any, wire: Wire) -> None:
        try:
            rest = wire.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            rest = b""
        wire.drained += len(rest)
        if not rest or wire.drained > 2 * LARGEST_BODY:
            self.poller.unregister(wire)
            self.pending_conns.remove(conn)
            self._drop(conn)

    def _drop(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()
