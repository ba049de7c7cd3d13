"""Limits that are closed for a time whatever their rates, and counters without a bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.support.kit import Kit
from tests.support.limits import take
from trustweb.codes import limits


def test_each_of_many_at_once_is_told_another_number(racing: Kit) -> None:
    def count(_: int) -> int:
        with racing.core.database.writing() as work:
            return limits.count(work, "test", "", 60)

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(count, range(32))) == list(range(1, 33))


def test_what_many_shut_at_once_stays_shut_for_the_longest(racing: Kit) -> None:
    now, rates = racing.clock.now, ((5, 60), *limits.SHUT)

    def shut(minutes: int) -> None:
        with racing.core.database.writing() as work:
            limits.shut(work, "test", "", now + timedelta(minutes=minutes))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(shut, [5, 30, 60, 10] * 8))
    racing.clock.forward(minutes=59)
    assert not take(racing, rates)
    racing.clock.forward(minutes=1)

    assert [take(racing, rates) for _ in range(6)] == [True] * 5 + [False]


def test_what_was_shut_is_open_once_that_is_forgotten(kit: Kit) -> None:
    rates = ((1, 60), *limits.SHUT)
    with kit.core.database.writing() as work:
        limits.shut(work, "test", "", work.now + timedelta(days=1))
    assert not take(kit, rates)

    with kit.core.database.writing() as work:
        limits.forget(work, "test", "", 0)

    assert [take(kit, rates), take(kit, rates)] == [True, False]
