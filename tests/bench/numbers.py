"""The cost of adding a number, from the panel to the list that has it, while others do so too.

No password is checked: these are pages, and short transactions in which the writers of all processes meet.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.bench.client import Client, expect, measure

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

_ROUNDS = 5
_FIRST = 7400_300000
"""A code goes to a number a few times a day, whoever asks for it: each account adds one of its own."""


def report_numbers(bench: Bench, server: int, count: int) -> None:
    each = count // _ROUNDS
    people = [bench.name() for _ in range(each * _ROUNDS)]
    waiting = list(zip(people, bench.signed_in(*people), itertools.count(_FIRST), strict=False))

    def add() -> None:
        with bench.lock:
            name, client, number = waiting.pop()
        add_number(bench, client, name, f"0{number}")

    rounds = [measure(server, add, each) for _ in range(_ROUNDS)]
    middle = sorted(rounds, key=lambda each: each.rate)[_ROUNDS // 2]
    print(
        f"adding a number:      {middle.rate:8.1f} /s   {middle.processor_ms:.2f} ms of processor   "
        f"p50 {middle.p50_ms:.0f} ms, p99 {middle.p99_ms:.0f} ms"
    )


def add_number(bench: Bench, client: Client, name: str, number: str) -> None:
    expect(client.ask("GET", "/security/numbers/add"), 200, "panel")
    expect(client.ask("POST", "/security/numbers/add", region="GB", number=number), 303, "number")
    expect(client.ask("GET", "/security/numbers/code"), 200, "code page")
    expect(client.ask("POST", "/security/numbers/code", code=bench.code(name)), 303, "code")
    expect(client.ask("GET", "/security"), 200, "security page")
    client.close()
