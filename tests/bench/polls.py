"""Thousands of trusted devices that ask all the time, and what somebody at a page notices of it.

Run by itself it is the crowd: a process of its own, or it would stand in the way of the one that measures.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, insert, select

from tests.bench.client import Client, expect
from trustweb.accounts import token_hash
from trustweb.database import Database
from trustweb.models import TRUSTED_DEVICE, Factor, TrustedDevice, new_public_id

EVERY = 3.0
"""Seconds between two questions of one page."""
CONNECTIONS = 64
"""As a proxy keeps them open to the server behind it."""


def trust(database: Database, count: int) -> list[str]:
    """Give so many accounts a trusted device each, and return the devices' cookies."""
    with database.writing() as work:
        first = (work.execute(select(func.max(Factor.id))).scalar() or 0) + 1
        tokens = [(f"bench{number}", work.keys.token("bench", str(number))) for number in range(count)]
        past, later = work.now.replace(year=work.now.year - 1), work.now.replace(year=work.now.year + 1)
        factors = [
            {
                "id": first + at, "public_id": new_public_id(), "account_id": at + 1, "kind": TRUSTED_DEVICE,
                "label": "Firefox, Linux", "added_at": past, "trusted_from": past, "fails_in_row": 0,
            }
            for at in range(count)
        ]  # fmt: skip
        devices = [
            {
                "factor_id": first + at, "account_id": at + 1, "handle": handle, "token_hash": token_hash(token),
                "browser_hash": token_hash(handle), "skips_code": True, "expires_at": later, "seen_at": past,
            }
            for at, (handle, token) in enumerate(tokens)
        ]  # fmt: skip
        work.connection.execute(insert(Factor), factors)
        work.connection.execute(insert(TrustedDevice), devices)
    return [f"{handle}.{token}" for handle, token in tokens]


@contextmanager
def asking(port: int, cookies: Path) -> Iterator[list[int]]:
    """All of them ask meanwhile; afterwards the list has how many answers came, and how many were late."""
    command = [sys.executable, "-m", "tests.bench.polls", str(port), str(cookies)]
    crowd = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    counted: list[int] = []
    time.sleep(EVERY)
    try:
        yield counted
    finally:
        counted += json.loads(crowd.communicate("enough\n", timeout=30)[0])


def latencies(port: int, cookies: dict[str, str], seconds: float) -> list[float]:
    """Milliseconds of a page, fifteen times a second; one that is late counts from when it was due."""
    client, found = Client(port, dict(cookies)), list[float]()
    began = time.perf_counter()
    for number in range(int(seconds * 15)):
        due = began + number / 15
        time.sleep(max(0.0, due - time.perf_counter()))
        expect(client.ask("GET", "/security"), 200, "security page")
        found.append((time.perf_counter() - due) * 1000)
    return found


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def report_crowd(database: Database, port: int, cookies: dict[str, str], folder: Path, count: int) -> None:
    (folder / "cookies").write_text("\n".join(trust(database, count)))
    latencies(port, cookies, 2)
    rounds, answers, late = list[tuple[float, float]](), 0, 0
    for _ in range(5):  # in turn, so that the machine's moods meet both
        quiet = p95(latencies(port, cookies, 6))
        with asking(port, folder / "cookies") as counted:
            busy = p95(latencies(port, cookies, 6))
        rounds.append((quiet, busy))
        answers, late = answers + counted[0], late + counted[1]
    quiet, busy = (statistics.median(each) for each in zip(*rounds, strict=True))
    ratios = [busy / quiet for quiet, busy in rounds]
    print(f"page, nobody else:    p95 {quiet:.1f} ms")
    print(
        f"page, {count} devices that poll: p95 {busy:.1f} ms;  {answers} answers to them, {late} after a second or more"
    )
    print(f"the page then takes   {statistics.median(ratios):8.2f} × as long ({min(ratios):.2f} to {max(ratios):.2f})")


async def _be_the_crowd(port: int, cookies: list[str]) -> None:
    turns, answers, late, began = itertools.count(), 0, 0, time.perf_counter()
    loop = asyncio.get_running_loop()
    enough = loop.run_in_executor(None, sys.stdin.readline)

    async def ask() -> None:
        nonlocal answers, late
        reader, writer = None, None
        while not enough.done():
            turn = next(turns)
            due = began + turn * EVERY / len(cookies)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if reader is None or writer is None:  # not before: a connection without a word holds a thread of gunicorn's
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            cookie = cookies[turn % len(cookies)]
            writer.write(
                f"GET /prompts HTTP/1.1\r\nHost: localhost:{port}\r\nHX-Request: true\r\n"
                f"Cookie: trustweb-devices={cookie}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 204 " in head.partition(b"\r\n")[0], head
            answers += 1
            late += time.perf_counter() - due > 1
        if writer is not None:
            writer.close()

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    print(json.dumps([answers, late]))


if __name__ == "__main__":
    asyncio.run(_be_the_crowd(int(sys.argv[1]), Path(sys.argv[2]).read_text().split()))
