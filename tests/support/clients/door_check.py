"""A Trustweb of two answers and an app that says what it was sent, for a proxy between them."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

SIGNED_IN = "door=open"
PERSON = {"Remote-User": "alice@example.com", "Remote-User-Encoded": "alice@example.com", "Remote-Groups": "family"}


class _Answers(BaseHTTPRequestHandler):
    def answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Checks(_Answers):
    """The checks, which let in browsers with one cookie, and no program; ``asked`` has what they were asked."""

    asked: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012, emptied by the fixture that serves it

    def do_GET(self) -> None:
        self.asked.append((f"{self.command} {self.path}", dict(self.headers.items())))
        if self.path.startswith("/auth/basic/"):
            self.answer(401, {"WWW-Authenticate": 'Basic realm="calendar"'})
        elif self.path.startswith("/.trustweb/"):
            self.answer(303, {"Location": "/services/elsewhere"})
        elif SIGNED_IN in self.headers.get("Cookie", ""):
            self.answer(200, PERSON)
        else:
            self.answer(401, {})


class App(_Answers):
    """An app behind the proxy."""

    def do_GET(self) -> None:
        said = {"method": self.command, "path": self.path, "headers": dict(self.headers.items())}
        self.answer(200, {"Content-Type": "application/json"}, json.dumps(said).encode())

    do_PUT = do_POST = do_PROPFIND = do_GET  # noqa: N815
