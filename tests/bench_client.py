"""A browser for benchmarks, and what its requests cost the server."""

from __future__ import annotations

import http.client
import os
import re
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

TICK = os.sysconf("SC_CLK_TCK")
CLIENTS = 8
ROUNDS = 8
"""What is compared is measured in turn, so that the machine's moods meet both; the middle of the rounds counts."""


@dataclass
class Client:
    """One browser: keeps its connection and its cookies, and does nothing else that costs time."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    body: str = ""
    fresh: bool = False
    """Connect anew before the next request."""

    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, **form: str) -> int:
        headers = {"Host": f"localhost:{self.port}"}
        headers |= self.headers
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if method == "POST":
            form["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', self.body)[1]  # type: ignore[index]
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.fresh:  # the server closes connections that were quiet for two seconds
            self.connection.close()
            self.fresh = False
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        self.body = answer.read().decode()
        return answer.status


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
