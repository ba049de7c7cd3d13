"""The limit of wrong codes, also for many requests at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.support.asking import OFTEN, Asking
from tests.support.kit import MOBILE, Kit
from trustweb.codes.challenges import CodeWrong, NoCode, NoTriesLeft
from trustweb.codes.limits import TooOften
from trustweb.models import Account, ChallengeView, Delivery


def failures(kit: Kit, account: Account, *, known: bool) -> int:
    """Count the wrong codes that are answered before the account has to wait."""
    person = Asking(kit, account, known=known)
    person.send()
    return sum(person.outcome(person.wrong) is CodeWrong for _ in range(6))


@pytest.mark.parametrize("known", [True, False])
def test_failures_an_account_are_5_in_5_minutes_20_an_hour_50_a_day(make_kit: Callable[..., Kit], known: bool) -> None:
    kit = make_kit(TRUSTWEB_PROVED_SENDS="100/60", TRUSTWEB_CODE_TRIES="10")
    account = kit.account(numbers=(MOBILE,))
    counts = []

    for minutes in (5, 5, 5, 5, 40, 5, 5, 5, 45, 5, 5, 120):
        counts.append(failures(kit, account, known=known))
        kit.clock.forward(minutes=minutes)

    assert counts == [5, 5, 5, 5, 0, 5, 5, 5, 5, 5, 5, 0]


def test_strangers_failures_lock_no_known_browser_out_and_are_told(kit: Kit) -> None:
    stranger, owner = Asking(kit, known=False), None
    stranger.send()
    assert [stranger.outcome(stranger.wrong) for _ in range(5)] == [CodeWrong] * 5
    other = Asking(kit, stranger.account, known=False)
    owner = Asking(kit, stranger.account)
    other.send()
    owner.send()

    assert other.outcome(other.code) is TooOften
    assert other.live.tries_left == 5
    assert owner.outcome(owner.code) is ChallengeView
    with kit.core.database.reading() as work:
        assert work.db.get_one(Account, owner.account.id).strangers_blocked_at == kit.clock.now


def test_a_right_code_counts_as_no_failure(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_PROVED_SENDS="100/60")
    account = kit.account(numbers=(MOBILE,))

    for _ in range(6):
        person = Asking(kit, account)
        person.send()
        assert person.outcome(person.code) is ChallengeView
    assert failures(kit, account, known=True) == 5


def test_a_worn_out_number_is_cleared_by_its_own_success_only(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(**OFTEN, TRUSTWEB_FACTOR_FAILURES="5")
    person = Asking(kit)
    person.send()
    assert [person.outcome(person.wrong) for _ in range(4)] == [CodeWrong] * 4
    assert (person.factor().fails_in_row, person.factor().disabled_at) == (4, None)
    person.outcome(person.wrong)

    other, again = Asking(kit, person.account), Asking(kit, person.account)
    other.send(1)
    assert other.outcome(other.code) is ChallengeView
    assert (person.factor().fails_in_row, person.factor().disabled_at) == (5, kit.clock.now)
    again.send(0)
    assert again.outcome(again.code) is ChallengeView
    assert (person.factor().fails_in_row, person.factor().disabled_at) == (0, None)


def test_a_worn_out_number_signs_no_stranger_in(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(**OFTEN, TRUSTWEB_FACTOR_FAILURES="5")
    waiting = Asking(kit, known=False)
    waiting.send()
    guessing = Asking(kit, waiting.account, known=False)
    guessing.send()
    assert [guessing.outcome(guessing.wrong) for _ in range(5)] == [CodeWrong] * 5

    assert waiting.outcome(waiting.code) is not ChallengeView
    assert waiting.factor().disabled_at is not None


@pytest.mark.parametrize("right", [True, False])
def test_racers_share_no_try_and_use_no_code_twice(racing: Kit, right: bool) -> None:
    person = Asking(racing)
    person.send()
    typed = person.code if right else person.wrong

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(pool.map(person.outcome, [typed] * 64))

    assert outcomes[ChallengeView] == (1 if right else 0)
    assert outcomes[CodeWrong] == (0 if right else 5)
    assert outcomes[NoCode] + outcomes[NoTriesLeft] == (63 if right else 59)


def test_racing_sends_are_one_send(racing: Kit) -> None:
    person = Asking(racing)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: person.send(seen=""), range(32)))

    with racing.core.database.reading() as work:
        assert work.db.scalar(select(func.count(Delivery.id))) == 1
