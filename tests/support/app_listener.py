"""An app on loopback that hears of logouts, politely or not."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from tests.support.processes import serving


class AppListener:
    """``heard`` holds what was posted; the next answers are taken from ``answers``, and then all are 200."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.heard: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.body = b""
        self.location = ""
        self.drips = False
        """True for an answer of a byte now and then, without end."""
        self.over = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._certificate = certificate
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        app, self._stack = self, ExitStack()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                app._answer(self)

            def do_GET(self) -> None:
                app._note({"followed": self.path}, {})
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_port
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            server.handle_error = lambda *_: None  # a client that does not trust us hangs up
        self._stack.enter_context(serving(server))
        self._stack.callback(server.server_close)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._stack.close()

    @property
    def uri(self) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self.port}/logout?tenant=a"

    def wait_for(self, count: int, seconds: float = 10) -> list[dict[str, str]]:
        """Wait until so many were heard, and return all."""
        self.wait_until(lambda: len(self.heard) >= count, seconds)
        return list(self.heard)

    def wait_until(self, done: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until what was heard is enough."""
        with self._changed:
            assert self._changed.wait_for(done, seconds), self.heard

    def _note(self, form: dict[str, str], headers: dict[str, str]) -> None:
        with self._changed:
            self.heard.append(form)
            self.headers.append(headers)
            self._changed.notify_all()

    def _answer(self, request: Any) -> None:
        length = int(request.headers["Content-Length"])
        form = {name: values[0] for name, values in parse_qs(request.rfile.read(length).decode()).items()}
        self._note(form | {"path": request.path}, dict(request.headers))
        with suppress(OSError):
            self.may_answer.wait(10)
            if self.drips:
                self._drip(request)
            status = self.answers.pop(0) if self.answers else 200
            request.send_response(status)
            if self.location:
                request.send_header("Location", self.location)
            request.end_headers()
            request.wfile.write(self.body)

    def _drip(self, request: Any) -> None:
        while not self.over.wait(0.2):
            request.wfile.write(b"H")
            request.wfile.flush()
