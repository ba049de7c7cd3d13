"""Junk connections that post wrong passwords as fast as they are answered, and what people notice of them.

Run by itself it is the flood: a process of its own, or it would stand in the way of the one that measures.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlencode

from tests.bench.accounts import BROWSER
from tests.bench.client import Client, expect
from tests.bench.polls import latencies
from tests.support.kit import PASSWORD
from trustweb.authentication import sessions
from trustweb.database import Database
from trustweb.factors import trusted_devices
from trustweb.models import Account

CONNECTIONS = 32
_ROUNDS = 5
_SECONDS = 4
_SIGN_INS = 5


@contextmanager
def flooding(port: int) -> Iterator[Counter[str]]:
    """The flood runs meanwhile; afterwards the counter has how often it got which status."""
    command = [sys.executable, "-m", "tests.bench.flood", str(port)]
    flood = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    answers = Counter[str]()
    time.sleep(2)
    try:
        yield answers
    finally:
        answers.update(json.loads(flood.communicate("enough\n", timeout=60)[0]))


def trusted_browser(database: Database, port: int, account_id: int) -> tuple[Client, str]:
    """A browser that its owner trusts, and the owner's name."""
    with database.writing() as work:
        name = work.db.get_one(Account, account_id).name
        session, _ = sessions.start(work, account_id, stage=sessions.FULL, known_browser=True, browser_hash="f" * 64)
        device = trusted_devices.trust(work, session, "Firefox, Linux")
        return Client(port, {"trustweb-browser": BROWSER, "trustweb-devices": device}), name


def sign_in(client: Client, name: str) -> float:
    """Milliseconds from the click to the next page."""
    client.cookies.pop("trustweb", None)
    expect(client.ask("GET", "/sign-in"), 200, "sign-in")
    began = time.perf_counter()
    expect(client.ask("POST", "/sign-in", account=name, password=PASSWORD), 303, "password")
    return (time.perf_counter() - began) * 1000


def report_flood(database: Database, port: int, cookies: dict[str, str]) -> None:
    client, name = trusted_browser(database, port, 2)
    answers, ratios, among = Counter[str](), list[float](), list[float]()
    for _ in range(_ROUNDS):  # in turn, so that the machine's moods meet both
        quiet = latencies(port, cookies, _SECONDS)
        with flooding(port) as counted:
            busy = latencies(port, cookies, _SECONDS)
            among += [sign_in(client, name) for _ in range(_SIGN_INS)]
        ratios.append(statistics.median(busy) / statistics.median(quiet))
        answers += counted
    said = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    print(f"{CONNECTIONS} junk connections were answered {said}")
    print(f"the page then takes   {statistics.median(ratios):8.2f} × as long ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"a trusted browser signs in within {statistics.median(among):.0f} ms, {max(among):.0f} ms at most")


class _Junk:
    """A program that has learnt the form once."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers = Counter[str]()

    async def ask(self, wires: list, request: str) -> tuple[str, str]:
        if not wires:
            wires += await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = wires
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: (\d+)", head, re.I)
        body = (await reader.readexactly(int(length[1]) if length else 0)).decode()
        if "connection: close" in head.lower():
            writer.close()
            wires.clear()
        return head, body

    async def run(self, enough: asyncio.Future[str], number: int) -> None:
        wires: list = []
        where = f"Host: localhost:{self.port}\r\n"
        head, page = await self.ask(wires, f"GET /sign-in HTTP/1.1\r\n{where}\r\n")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        cookie = re.search(r"set-cookie: ([^;]+)", head, re.I)
        body = urlencode({"csrf_token": token[1], "account": f"p{number}@example.com", "password": "wrong"})  # type: ignore[index]
        request = (
            f"POST /sign-in HTTP/1.1\r\n{where}Cookie: {cookie[1]}\r\nContent-Length: {len(body)}\r\n"  # type: ignore[index]
            f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
        )
        while not enough.done():
            with suppress(OSError, asyncio.IncompleteReadError):
                head, _ = await self.ask(wires, request)
                self.answers[head.split(" ")[1]] += 1
                continue
            wires.clear()


async def _be_the_flood(port: int) -> None:
    junk, loop = _Junk(port), asyncio.get_running_loop()
    enough = loop.run_in_executor(None, sys.stdin.readline)
    await asyncio.gather(*(junk.run(enough, number) for number in range(CONNECTIONS)))
    print(json.dumps(junk.answers))


if __name__ == "__main__":
    asyncio.run(_be_the_flood(int(sys.argv[1])))
