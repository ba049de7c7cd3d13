"""A browser for benchmarks, and what its requests cost the server."""

from __future__ import annotations

import os
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
TICK = os.sysconf("SC_CLK_TCK")
CLIENTS = 8
_ROUNDS = 9


@dataclass
class Client:
    """One browser: keeps its connection and its cookies, and does nothing else that costs time."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    body: str = ""
    fresh: bool = False
    """Connect anew before the next request: the server said that it closes this connection."""

    headers: dict[str, str] = field(default_factory=dict)

    connection: socket.socket | None = None

    def ask(self, method: str, path: str, **form: str) -> int:
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        body = ""
        if method == "POST":
            if token := _TOKEN.search(self.body):  # what no page asks for has none
                form["csrf_token"] = token[1]
            body = urlencode(form)
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        if self.connection is None or self.fresh:
            self.close()
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.fresh = False
        self.connection.sendall("\r\n".join([*lines, "", body]).encode())
        return self._answer(self.connection)

    def _answer(self, connection: socket.socket) -> int:
        """Reads no more of the answer than a benchmark needs: http.client takes a twentieth of what it measures."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        length = 0
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            if name == "Set-Cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
            elif name == "Content-Length":
                length = int(value)
            elif (name, value) == ("Connection", "close"):
                self.fresh = True
        while len(body) < length:
            body += self._more(connection)
        self.body = body.decode()
        return int(lines[0].split(" ")[1])

    def _more(self, connection: socket.socket) -> bytes:
        if not (received := connection.recv(65536)):
            raise ConnectionError("the server closed the connection")
        return received

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def expect(status: int, wanted: int, what: str) -> None:
    if status != wanted:
        raise SystemExit(f"{what} answered {status}, not {wanted}")


def children(parent: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def processor_seconds(parent: int) -> float:
    total = 0
    for process in children(parent):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def memory(parent: int) -> list[float]:
    """MiB that each web process holds, shared pages counted in part."""
    found = []
    for process in children(parent):
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        found.append(int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) / 1024)  # type: ignore[index]
    return found


@dataclass
class Measured:
    rate: float
    processor_ms: float
    p50_ms: float
    p99_ms: float


def measure(parent: int, act: Callable[[], object], count: int, clients: int = CLIENTS) -> Measured:
    """Run an act so many times from several threads; a ``prepare``d list of acts is taken in order."""
    times: list[float] = []

    def one(_: int) -> None:
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)

    before, began = processor_seconds(parent), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(count)))
    wall = time.perf_counter() - began
    used = processor_seconds(parent) - before
    ranked = sorted(times)
    return Measured(
        count / wall, used / count * 1000, statistics.median(ranked) * 1000, ranked[int(len(ranked) * 0.99)] * 1000
    )


class PerThread:
    """A client of each thread's own."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self.make, self.local = make, threading.local()

    def __call__(self) -> Client:
        if not hasattr(self.local, "client"):
            self.local.client = self.make()
        return self.local.client


@dataclass
class Compared:
    """The cost of a request to us and to bare Flask."""

    ours: Measured
    theirs: Measured

    @property
    def ratio(self) -> float:
        return self.ours.processor_ms / self.theirs.processor_ms


def compare(server: int, ours: Callable[[], object], bare: int, theirs: Callable[[], object], count: int) -> Compared:
    """Measure in turn, so that the machine's moods meet both; the middle of the rounds counts."""
    each = count // _ROUNDS
    rounds = [Compared(measure(server, ours, each), measure(bare, theirs, each)) for _ in range(_ROUNDS)]
    return sorted(rounds, key=lambda compared: compared.ratio)[_ROUNDS // 2]
