"""Wrong app-specific passwords are counted by network address, and never lock the account."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.programs import ask, give
from tests.support.statements import executed
from trustweb.models import Account, AppPassword, Limit
from trustweb.services.programs import LIMIT

HERE, THERE = {"X_Forwarded_For": "192.0.2.1"}, {"X_Forwarded_For": "192.0.2.2"}


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit(TRUSTWEB_WRONG_APP_PASSWORDS="3/300,5/3600")


@pytest.fixture
def secret(kit: Kit) -> str:
    return give(kit, kit.account(numbers=(MOBILE,)))


def guess(kit: Kit, password: str, times: int, where: dict[str, str] = HERE) -> list[int]:
    return [ask(kit, password, **where).status_code for _ in range(times)]


@pytest.mark.parametrize("wrong", ["twap" + "0" * 28, "twap-hhhh-hhhh" + "-zzzz" * 5, "nonsense"])
def test_an_address_has_so_many_guesses(kit: Kit, secret: str, wrong: str) -> None:
    assert guess(kit, wrong, 5) == [401, 401, 401, 403, 403]
    assert guess(kit, wrong, 1, THERE) == [401]


def test_then_a_right_one_counts_no_more_than_a_wrong_one(kit: Kit, secret: str) -> None:
    guess(kit, "wrong", 3)

    assert guess(kit, secret, 1) == [403]
    assert guess(kit, secret, 1, THERE) == [200]


def test_where_it_was_used_before_its_owner_goes_on(kit: Kit, secret: str) -> None:
    guess(kit, secret, 1)

    guess(kit, "wrong", 4)

    assert guess(kit, secret, 1) == [200]


def test_the_windows_end(kit: Kit, secret: str) -> None:
    guess(kit, "wrong", 3)
    kit.clock.forward(seconds=301)
    assert guess(kit, "wrong", 3) == [401, 401, 403]
    kit.clock.forward(seconds=301)
    assert guess(kit, secret, 1) == [403]

    kit.clock.forward(hours=1)

    assert guess(kit, secret, 1) == [200]


def test_a_client_cannot_write_where_it_is(kit: Kit, secret: str) -> None:
    said = [f"198.51.100.{each}, 192.0.2.1" for each in range(4)]

    answers = [ask(kit, "wrong", X_Forwarded_For=each).status_code for each in said]

    assert answers == [401, 401, 401, 403]


def test_an_ipv6_neighbourhood_is_one(kit: Kit, secret: str) -> None:
    answers = [ask(kit, "wrong", X_Forwarded_For=f"2001:db8::{each}").status_code for each in range(1, 5)]

    assert answers == [401, 401, 401, 403]


def test_what_is_no_address_counts_for_the_peer(kit: Kit, secret: str) -> None:
    answers = [ask(kit, "wrong", X_Forwarded_For=f"<b>{each}").status_code for each in range(4)]

    assert answers == [401, 401, 401, 403]
    guess(kit, secret, 1, THERE)
    with kit.core.database.reading() as work:
        assert work.db.query(AppPassword).one().last_address == "192.0.2.2"


def test_what_is_there_costs_as_much_as_what_is_not(kit: Kit, secret: str) -> None:
    costs = []
    for wrong in ("twap" + "0" * 28, "twap-hhhh-hhhh" + "-zzzz" * 5, "nonsense"):
        with executed(kit.core.database) as seen:
            ask(kit, wrong, X_Forwarded_For=f"192.0.2.{len(costs)}")
        costs.append([each.sql for each in seen if "seen_at" not in each.sql])

    assert costs[0] == costs[1] == costs[2]
    assert len(costs[0]) == 3


def test_the_account_feels_nothing_of_it(kit: Kit, secret: str) -> None:
    guess(kit, "twap-hhhh-hhhh" + "-zzzz" * 5, 5)

    assert kit.signed_in().path == "/security"
    with kit.core.database.reading() as work:
        assert {each.name for each in work.db.query(Limit) if "wrong" in each.name and each.hits} == {LIMIT}
        assert work.db.query(Account).filter_by(name=ALICE).one().strangers_blocked_at is None
        assert MOBILE not in str(work.db.query(Limit.subject).filter_by(name="wrong_app_passwords").all())
