"""The cost of a whole sign-in beside that of the password check in it."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from argon2 import PasswordHasher

from tests.bench.client import Measured, measure
from tests.support.kit import PASSWORD

_ROUNDS = 5
"""Longer ones than pages have: at the end of each some of the browsers have nothing left to do."""


@dataclass
class Alone:
    """The rate of password checks when nothing else is done."""

    rate: float
    """A second, on all cores."""
    processor_ms: float


def argon2_alone(count: int) -> Alone:
    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    hashed = hasher.hash(PASSWORD)
    began, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda _: hasher.verify(hashed, PASSWORD), range(count)))
    return Alone(count / (time.perf_counter() - began), (time.process_time() - used) / count * 1000)


@dataclass
class Round:
    """Measured one after the other."""

    alone: Alone
    flows: Measured
    one: Measured
    """One browser at a time."""


def report_flows(flow: Callable[[], object], server: int, count: int) -> None:
    measure(server, flow, 40)
    each = count // _ROUNDS
    rounds = [
        Round(argon2_alone(each), measure(server, flow, each), measure(server, flow, each // 4, clients=1))
        for _ in range(_ROUNDS)
    ]

    def middle(of: Callable[[Round], float]) -> float:
        return statistics.median(map(of, rounds))

    print(
        f"argon2 checks alone:  {middle(lambda r: r.alone.rate):8.1f} /s   "
        f"{middle(lambda r: r.alone.processor_ms):.2f} ms of processor each"
    )
    print(
        f"sign-in flows:        {middle(lambda r: r.flows.rate):8.1f} /s   "
        f"{middle(lambda r: r.flows.processor_ms):.2f} ms of processor, "
        f"{middle(lambda r: r.flows.processor_ms - r.alone.processor_ms):.2f} ms net of argon2;  "
        f"{middle(lambda r: r.flows.rate / r.alone.rate):.2f} of argon2 alone;  "
        f"p50 {middle(lambda r: r.flows.p50_ms):.0f} ms, p99 {middle(lambda r: r.flows.p99_ms):.0f} ms"
    )
    # With eight at once the password checks themselves take longer: they wait for each other's memory.
    print(
        f"  one at a time:      {middle(lambda r: r.one.rate):8.1f} /s   "
        f"{middle(lambda r: r.one.processor_ms - r.alone.processor_ms):.2f} ms net of argon2"
    )
