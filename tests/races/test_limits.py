"""Limits on PostgreSQL, which locks single rows: no deadlocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.kit import Kit
from trustweb.codes import limits
from trustweb.codes.limits import Count

ORDERS = [((1000, 60), (1000, 600), (1000, 6000)), ((1000, 6000), (1000, 60), (1000, 600))]
ROUNDS = 60


def counts(at: int) -> tuple[Count, ...]:
    rates = ORDERS[at % 2]
    both = (("one", "x", rates), ("two", "x", rates))
    return both[::-1] if at % 3 else both


def take_and_give_back(kit: Kit, at: int) -> None:
    for _ in range(ROUNDS):
        with kit.core.database.writing() as work:
            limits.take(work, *counts(at))
        with kit.core.database.writing() as work:
            limits.give_back(work, *counts(at + 1))


def forget(kit: Kit) -> None:
    for _ in range(ROUNDS):
        with kit.core.database.writing() as work:
            work.now = work.now.replace(year=work.now.year + 1)  # everything is over
            limits.forget_old(work)


@pytest.mark.parametrize("forgetting", [False, True])
def test_counting_in_any_order_blocks_nobody(racing: Kit, forgetting: bool) -> None:
    with ThreadPoolExecutor(8) as pool:
        acts = [pool.submit(take_and_give_back, racing, at) for at in range(6)]
        acts += [pool.submit(forget, racing)] if forgetting else []

    assert [each.exception() for each in acts] == [None] * len(acts)
