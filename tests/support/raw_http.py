"""Requests as bytes, which no proper client would send, to a site that ``trustweb serve`` runs."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.carrier import private_key_pem
from tests.support.processes import Process, free_port
from tests.support.serve import STARTED, TRUSTWEB
from tests.support.site import NOT_OURS


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Served:
    """A demo with every transport that reads receipts, one process of four threads."""

    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    process: Process | None = None

    def start(self) -> None:
        (self.folder / "key.pem").write_bytes(private_key_pem())
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        ours = {
            "PORT": str(self.port), "TRUSTWEB_DEMO": "1", "TRUSTWEB_COUNTRIES": "GB", "VONAGE_API_KEY": "k",
            "VONAGE_API_SECRET": "s", "VONAGE_FROM": "Site", "VONAGE_SIGNATURE_SECRET": "x" * 32,
            "VONAGE_APPLICATION_ID": "00000000-0000-0000-0000-000000000000",
            "VONAGE_PRIVATE_KEY": str(self.folder / "key.pem"), "TRUSTWEB_INSTANCE": str(self.folder / "instance"),
        }  # fmt: skip
        self.process = Process(
            [TRUSTWEB, "serve"], self.folder / "log", environment=clean | ours | self.settings, folder=self.folder
        )
        self.process.wait_until(lambda: STARTED in self.said())

    def said(self) -> str:
        return self.process.output() if self.process else ""

    def logged(self) -> list[dict[str, object]]:
        """Return the log since the start, of which every line is JSON."""
        return [json.loads(line) for line in self.said().partition(STARTED)[2].splitlines()[1:]]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def request(self, path: bytes = b"/sign-in", *lines: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
        head = [method + b" " + path + b" HTTP/1.1", b"Host: localhost:%d" % self.port, *lines]
        if method == b"POST":
            head.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join([*head, b"", body])

    def ask(self, request: bytes) -> Answer:
        with self.connect() as connection:
            connection.sendall(request)
            return answer(connection)


def answer(connection: socket.socket) -> Answer:
    with connection.makefile("rb") as file:
        status = int(file.readline().split(b" ")[1])
        lines = iter(lambda: file.readline().decode("latin-1").strip(), "")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return Answer(status, headers, file.read(int(headers.get("content-length", 0))).decode())


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Served]:
    site = Served(folder, settings)
    site.start()
    assert site.process
    try:
        yield site
    finally:
        site.process.stop()
