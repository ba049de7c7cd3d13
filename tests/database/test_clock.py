"""A clock that is set back ends no limit early, and keeps nothing open or closed too long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.support.asking import Asking
from tests.support.kit import ALICE, MOBILE, Kit
from trustweb.codes import limits
from trustweb.codes.challenges import CodeExpired
from trustweb.database import Database
from trustweb.models import Account, ChallengeView

Process = Callable[[], Database]


@pytest.fixture
def another(racing: Kit) -> Iterator[Process]:
    """One more process of the same site, on the same machine."""
    made: list[Database] = []

    def start() -> Database:
        made.append(Database(racing.core.config, racing.core.keys, racing.clock, racing.clock.monotonic))
        return made[-1]

    yield start
    for each in made:
        each.close()


def jump_ahead_and_back(kit: Kit, **span: float) -> None:
    """Set the clock ahead and back, as somebody who types a wrong date does."""
    kit.clock.set(**span)
    write(kit.core.database)
    kit.clock.set(**{unit: -much for unit, much in span.items()})


def write(database: Database) -> None:
    with database.writing() as work:
        limits.hit(work, "noted", "", ((9, 60),))


@pytest.mark.parametrize("jump", [{"seconds": 90}, {"hours": 12}, {"days": 400}])
@pytest.mark.parametrize(("minutes", "outcome"), [(9, ChallengeView), (11, CodeExpired)])
def test_a_code_is_good_for_ten_minutes_however_the_clock_jumped(
    kit: Kit, jump: dict[str, float], minutes: int, outcome: type
) -> None:
    jump_ahead_and_back(kit, **jump)
    person = Asking(kit)
    person.send()
    kit.clock.forward(minutes=minutes)

    assert person.outcome(person.code) is outcome


def test_a_code_from_before_the_jump_is_not_good_again(kit: Kit) -> None:
    person = Asking(kit)
    person.send()

    jump_ahead_and_back(kit, hours=12)

    assert person.outcome(person.code) is CodeExpired


def test_a_limit_opens_in_time_after_the_clock_was_set_back(kit: Kit) -> None:
    for _ in range(9):
        write(kit.core.database)
    kit.clock.set(hours=-5)
    with pytest.raises(limits.TooOften):
        write(kit.core.database)

    kit.clock.forward(seconds=61)

    write(kit.core.database)


def test_time_goes_on_at_the_same_pace_in_small_steps(kit: Kit) -> None:
    began = kit.core.database.now()
    kit.clock.set(hours=-3)
    for _ in range(1000):
        kit.clock.forward(seconds=0.1)
        kit.core.database.now()

    assert kit.core.database.now() == began + timedelta(seconds=100)


def test_once_the_clock_has_caught_up_it_counts_again(kit: Kit) -> None:
    kit.core.database.now()
    kit.clock.set(minutes=-10)
    kit.core.database.now()

    kit.clock.set(minutes=15)

    assert kit.core.database.now() == kit.clock.now


def test_processes_agree_about_the_time_after_a_jump(racing: Kit, another: Process) -> None:
    other = another()
    write(other)
    jump_ahead_and_back(racing, hours=12)
    racing.clock.forward(minutes=2)

    write(other)

    assert timedelta(0) <= racing.core.database.now() - other.now() <= timedelta(minutes=2)
    assert racing.core.database.now() == racing.clock.now + timedelta(hours=12)


def test_a_process_goes_on_where_the_ones_before_it_ended(racing: Kit, another: Process) -> None:
    jump_ahead_and_back(racing, hours=12)
    racing.clock.forward(minutes=2)
    write(racing.core.database)
    ended = racing.core.database.now()
    later = another()
    assert later.now() == ended

    racing.clock.forward(minutes=5)

    assert later.now() == ended + timedelta(minutes=5)


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture
def heard() -> Iterator[list[str]]:
    log, handler = logging.getLogger("trustweb.clock"), Heard()
    log.addHandler(handler)
    yield handler.said
    log.removeHandler(handler)


def test_a_clock_that_stands_back_is_logged_once_an_hour(kit: Kit, heard: list[str]) -> None:
    jump_ahead_and_back(kit, hours=12)
    for _ in range(59):
        kit.clock.forward(minutes=1)
        kit.core.database.now()
    assert [each.partition(" seconds")[0] for each in heard] == ["the clock stands 43200"]

    kit.clock.forward(minutes=2)
    kit.core.database.now()

    assert len(heard) == 2


def test_a_time_server_that_puts_the_clock_right_is_not_logged(kit: Kit, heard: list[str]) -> None:
    jump_ahead_and_back(kit, seconds=4)
    kit.core.database.now()

    assert heard == []


def test_a_session_ends_in_time_after_the_clock_was_set_back(kit: Kit, alice: Account) -> None:
    visitor = kit.signed_in()
    kit.clock.set(hours=-12)
    visitor.get("/security")

    kit.clock.forward(hours=2)

    assert visitor.get("/security").path == "/sign-in"


@pytest.fixture
def alice(kit: Kit) -> Account:
    return kit.account(ALICE, numbers=(MOBILE,))
