"""Limits against a plain model with a moving clock, and with many at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.support.kit import Kit
from tests.support.limits import take, taken
from trustweb import engines
from trustweb.codes import limits
from trustweb.codes.limits import TooOften
from trustweb.config import Rates
from trustweb.models import Limit
from trustweb.work import Work

RATES = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 60)), min_size=1, max_size=3, unique_by=lambda r: r[1])
STEPS = st.one_of(
    st.tuples(st.sampled_from(["hit", "hit", "hit", "give back"]), st.sampled_from("ab")),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 20, 61])),
    st.tuples(st.just("forget"), st.just("")),
)


class Model:
    """Windows that begin with the first hit; a hit counts in all of them or in none."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self.windows: dict[tuple[str, int], tuple[datetime, int]] = {}

    def hits(self, subject: str, span: int, now: datetime) -> tuple[datetime, int]:
        begun, hits = self.windows.get((subject, span), (now, 0))
        return (now, 0) if begun + timedelta(seconds=span) <= now else (begun, hits)

    def full(self, subject: str, now: datetime) -> bool:
        return any(self.hits(subject, span, now)[1] >= most for most, span in self.rates)

    def hit(self, subject: str, now: datetime) -> bool:
        if self.full(subject, now):
            return False
        for _, span in self.rates:
            begun, hits = self.hits(subject, span, now)
            self.windows[subject, span] = (begun, hits + 1)
        return True

    def give_back(self, subject: str, now: datetime) -> None:
        for _, span in self.rates:
            begun, hits = self.hits(subject, span, now)
            if hits:
                self.windows[subject, span] = (begun, hits - 1)


@pytest.fixture(scope="module")
def shared(template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = Kit(template, tmp_path_factory.mktemp("limits") / "instance")
    yield kit
    kit.core.database.close()


@settings(max_examples=30, deadline=None)
@given(RATES, st.lists(STEPS, min_size=8, max_size=30))
def test_limits_do_what_the_model_does(shared: Kit, drawn: list, steps: list) -> None:
    rates, model = tuple(drawn), Model(tuple(drawn))

    with shared.core.database.writing() as work:
        for step, what in steps:
            if step == "wait":
                work.now += timedelta(seconds=what)
            elif step == "hit":
                assert taken(work, rates, what) == model.hit(what, work.now)
            else:
                tidy(work, rates, model, step, what)
        engines.undo(work.connection)


def tidy(work: Work, rates: Rates, model: Model, step: str, subject: str) -> None:
    if step == "forget":
        limits.forget_old(work)
    else:
        limits.give_back(work, ("test", subject, rates))
        model.give_back(subject, work.now)
    for each in "ab":
        assert bool(limits.full(work, "test", each, rates)) == model.full(each, work.now)


@settings(max_examples=30, deadline=None)
@given(RATES, st.lists(st.integers(0, 20), min_size=4, max_size=20))
def test_a_refusal_says_when_it_opens_again(shared: Kit, drawn: list, waits: list[int]) -> None:
    rates = tuple(drawn)
    with shared.core.database.writing() as work:
        for wait in waits:
            work.now += timedelta(seconds=wait)
            taken(work, rates, "")

        if again_at := limits.full(work, "test", "", rates):
            work.now = again_at - timedelta(seconds=1)
            assert not taken(work, rates, "")
            work.now = again_at
            assert taken(work, rates, "")
        engines.undo(work.connection)


def test_with_two_full_windows_the_later_one_decides(kit: Kit) -> None:
    rates = ((2, 10), (4, 100))
    began = kit.clock.now
    for _ in range(2):
        assert [take(kit, rates) for _ in range(2)] == [True, True]
        kit.clock.forward(seconds=10)
    kit.clock.forward(seconds=-5)

    with pytest.raises(TooOften) as refused, kit.core.database.writing() as work:
        limits.hit(work, "test", "", rates)

    assert refused.value.again_at == began + timedelta(seconds=100)


def test_the_last_hit_of_a_window_says_until_when(kit: Kit) -> None:
    wanted = [("one", "a", ((2, 10), (9, 100))), ("other", "b", ((3, 20),))]
    began = kit.clock.now

    with kit.core.database.writing() as work:
        said = [[each for each in limits.take(work, *wanted) if each.hits >= each.most] for _ in range(2)]
        among = limits.full_among(work, [*wanted, ("one", "b", ((1, 10),))])

    assert said == [[], [("one", 2, 2, began + timedelta(seconds=10))]]
    assert among == {("one", "a"): began + timedelta(seconds=10)}


def test_a_refused_hit_begins_no_window(kit: Kit) -> None:
    assert take(kit, ((1, 100), (1, 10)))
    kit.clock.forward(seconds=20)
    assert not take(kit, ((1, 100), (1, 10)))
    kit.clock.forward(seconds=5)
    assert take(kit, ((1, 10),))

    kit.clock.forward(seconds=6)

    assert not take(kit, ((1, 10),))


def test_a_refused_hit_counts_nowhere(kit: Kit) -> None:
    assert take(kit, ((9, 100), (1, 10)))

    assert not take(kit, ((9, 100), (1, 10)))

    with kit.core.database.reading() as work:
        assert dict(work.db.execute(select(Limit.span, Limit.hits)).all()) == {100: 1, 10: 1}


def test_names_and_subjects_are_counted_apart(kit: Kit) -> None:
    rates = ((1, 60),)

    assert [take(kit, rates, *which) for which in (("a",), ("b",), ("a", "other"))] == [True, True, True]
    assert [take(kit, rates, *which) for which in (("a",), ("b",), ("a", "other"))] == [False, False, False]


def test_the_window_begins_with_the_first_hit_and_ends_on_the_second(kit: Kit) -> None:
    rates = ((2, 60),)
    outcomes = []

    for seconds in (0, 59, 0.5, 0.5, 59):
        kit.clock.forward(seconds=seconds)
        outcomes.append(take(kit, rates))

    assert outcomes == [True, True, False, True, True]


def test_only_windows_that_are_over_are_forgotten(kit: Kit) -> None:
    take(kit, ((1, 60), (5, 3600)))
    kit.clock.forward(seconds=60)

    with kit.core.database.writing() as work:
        limits.forget_old(work)

    with kit.core.database.reading() as work:
        assert work.db.scalars(select(Limit.span)).all() == [3600]


def test_many_at_once_never_get_more_than_the_limit(racing: Kit) -> None:
    rates = ((5, 60), (7, 3600))

    with ThreadPoolExecutor(16) as pool:
        first = list(pool.map(lambda _: take(racing, rates), range(32)))
        racing.clock.forward(seconds=61)
        second = list(pool.map(lambda _: take(racing, rates), range(32)))

    assert (sum(first), sum(second)) == (5, 2)
    with racing.core.database.reading() as work:
        assert work.db.scalar(select(func.max(Limit.hits))) == 7


def test_many_at_once_may_give_back_what_they_took(racing: Kit) -> None:
    def take_and_give_back(_: int) -> None:
        with racing.core.database.writing() as work:
            limits.hit(work, "test", "", ((64, 60),))
        with racing.core.database.writing() as work:
            limits.give_back(work, ("test", "", ((64, 60),)))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(take_and_give_back, range(32)))

    with racing.core.database.reading() as work:
        assert work.db.scalar(select(Limit.hits)) == 0
