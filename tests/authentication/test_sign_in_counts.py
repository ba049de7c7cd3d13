"""The limit of sign-ins of one account in an hour, since each one writes rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.authenticator import add, use
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.trusted_devices import trusted_browser
from trustweb.authentication import sign_in_counts
from trustweb.models import SignInSession

TOO_MANY = "There were very many sign-ins to this account just now. Please try again in"


def arrive(visitor: Visitor) -> Visitor:
    """Sign in, anew if need be."""
    if "Sign out" in visitor.get("/sign-in").buttons:
        visitor.submit("Sign out")
    return visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def used_up(kit: Kit, *, known: bool = True, most: int = 100) -> None:
    """Use up the sign-ins of the account."""
    with kit.core.database.writing() as work:
        for _ in range(most):
            sign_in_counts.count(work, 1, known=known)


def sessions(kit: Kit) -> int:
    with kit.core.database.reading() as work:
        return work.db.query(SignInSession).count()


def at_home(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in().submit("Sign out")


def on_a_trusted_device(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return trusted_browser(kit).submit("Sign out")


def without_two_factor(kit: Kit) -> Visitor:
    kit.account()
    return arrive(kit.visitor()).get("/account").submit("Sign out")


@pytest.fixture
def optional(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit(TRUSTWEB_TWO_FACTOR="optional")


@pytest.mark.parametrize("ready", [at_home, on_a_trusted_device, without_two_factor])
def test_who_is_known_may_sign_in_a_hundred_times_an_hour(optional: Kit, ready: Callable[[Kit], Visitor]) -> None:
    visitor = ready(optional)
    optional.clock.forward(hours=1)
    used_up(optional, most=99)
    assert arrive(visitor).status == 200
    before = sessions(optional)

    arrive(visitor)

    assert (visitor.status, TOO_MANY in visitor.text, sessions(optional)) == (429, True, before)
    optional.clock.forward(hours=1)
    assert arrive(visitor).status == 200


def test_a_right_password_too_many_is_no_wrong_one(kit: Kit) -> None:
    visitor = at_home(kit)
    used_up(kit)

    assert [TOO_MANY in arrive(visitor).text for _ in range(21)] == [True] * 21


def test_strangers_use_up_nothing_of_the_owner_s(optional: Kit) -> None:
    owner = without_two_factor(optional)
    used_up(optional, known=False, most=99)

    assert TOO_MANY in arrive(optional.visitor()).text
    assert arrive(owner).status == 200


def test_a_passkey_alone_is_no_way_around(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    key = add(kit.signed_in())
    used_up(kit)

    assert TOO_MANY in use(kit.visitor().get("/sign-in"), key).text
