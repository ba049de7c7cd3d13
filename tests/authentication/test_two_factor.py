"""Turning two-factor authentication off where it is optional: a proof, a long password, a day’s wait, notices."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.support.http_client import Visitor
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.notices import not_me_link, notices_to
from tests.support.trusted_numbers import add_number, verify_number
from trustweb.models import Account

ABOUT_TO = "Two-factor authentication is about to be turned off"
OFF = "Two-factor authentication is off."


@pytest.fixture
def optional(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit(TRUSTWEB_TWO_FACTOR="optional")


def plan(kit: Kit, password: str = PASSWORD) -> Visitor:
    visitor = kit.signed_in()
    visitor.get("/security").follow("Turn it off")
    return visitor.submit("Turn Off", password=password)


def with_password(kit: Kit) -> Visitor:
    return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def day_after(kit: Kit) -> None:
    kit.clock.forward(days=1, minutes=1)
    kit.core.sender.tidy()


def test_a_day_later_the_password_is_enough(optional: Kit) -> None:
    account = optional.account(numbers=(MOBILE,))
    assert ABOUT_TO in plan(optional).text
    assert with_password(optional).path == "/sign-in/code"

    day_after(optional)

    assert OFF in with_password(optional).text
    assert [each.event for each in entries(optional, account)][1:3] == ["two_factor_off_planned", "two_factor_off"]


def test_every_number_is_told_before_and_after(optional: Kit) -> None:
    optional.account(numbers=(MOBILE, OTHER_MOBILE))
    plan(optional)
    assert "Two-factor authentication is going to be turned off." in notices_to(optional, OTHER_MOBILE)[-1].text

    day_after(optional)

    assert "Two-factor authentication was turned off." in notices_to(optional, OTHER_MOBILE)[-1].text


def test_until_then_any_browser_keeps_it_on(optional: Kit) -> None:
    account = optional.account(numbers=(MOBILE,))
    plan(optional)
    other = optional.signed_in()
    assert ABOUT_TO in other.get("/security").text
    other.submit("Keep It On")

    day_after(optional)

    assert entries(optional, account)[-1].event == "two_factor_kept"
    with optional.core.database.reading() as work:
        assert work.db.scalar(select(Account.two_factor_since)) is not None


def test_who_says_that_it_was_not_them_keeps_it_on(optional: Kit) -> None:
    optional.account(numbers=(MOBILE,))
    plan(optional)
    optional.visitor().get(not_me_link(optional)).submit("This wasn’t me: stop it")

    day_after(optional)

    assert with_password(optional).path == "/sign-in/code"


def test_while_removing_is_stopped_it_stays_on(optional: Kit) -> None:
    optional.account(numbers=(MOBILE,))
    plan(optional)
    optional.visitor().get(not_me_link(optional)).submit("This wasn’t me: stop it")

    assert "Somebody said that a change to your account was not theirs." in plan(optional).text


def test_a_thiefs_new_number_does_not_turn_it_off(optional: Kit) -> None:
    optional.account(numbers=(MOBILE,))
    verify_number(add_number(optional.signed_in()), optional.code(OTHER_MOBILE))
    thief = optional.signed_in(number=OTHER_MOBILE)

    thief.get("/security").follow("Turn it off").submit("Turn Off", password=PASSWORD)

    assert "What you signed in with is too new for this." in thief.text


def test_a_short_password_has_to_change_first(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    account = kit.account(numbers=(MOBILE,))
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).password_hash = kit.core.hasher.hash("short one")
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password="short one")
    visitor.submit("Continue", verification_code=kit.code())

    visitor.get("/security").follow("Turn it off").submit("Turn Off", password="short one")

    assert "A password that stands alone has to be longer. Change it first." in visitor.text


def test_the_wrong_password_turns_nothing_off(optional: Kit) -> None:
    optional.account(numbers=(MOBILE,))

    assert "The account or the password is not right." in plan(optional, "something else entirely").text
    assert ABOUT_TO not in optional.signed_in().get("/security").text


def test_it_asks_for_a_fresh_proof(optional: Kit) -> None:
    optional.account(numbers=(MOBILE,))
    visitor = optional.signed_in()
    optional.clock.forward(minutes=11)

    assert visitor.get("/security/two-factor/off").path == "/verify"


def test_it_is_turned_on_again_with_the_numbers_that_are_there(optional: Kit) -> None:
    optional.account(numbers=(MOBILE, FIXED))
    plan(optional)
    day_after(optional)
    visitor = with_password(optional)

    visitor.follow("Turn it on").submit("Turn It On")

    assert "Two-factor authentication is on." in visitor.text


def test_where_it_is_required_nobody_turns_it_off(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()

    assert "Turn it off" not in visitor.get("/security").text
    assert visitor.get("/security/two-factor/off").path == "/security"
    assert ABOUT_TO not in visitor.post("/security/two-factor/off", password=PASSWORD).text


def test_a_clock_that_goes_back_turns_nothing_off_early(optional: Kit) -> None:
    optional.account(numbers=(MOBILE,))
    plan(optional)
    optional.clock.forward(days=-3)
    optional.core.sender.tidy()

    assert with_password(optional).path == "/sign-in/code"
