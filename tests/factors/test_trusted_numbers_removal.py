"""Removing a trusted phone number: the confirmation, the last one, and the rule of one day."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.trusted_numbers import (
    MASKED_FIXED,
    MASKED_MOBILE,
    MASKED_OTHER,
    add_number,
    remove_number,
    verify_number,
)

TOO_EARLY = "This cannot be removed yet."


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def htmx(request: pytest.FixtureRequest) -> bool:
    return request.param


def signed_in(kit: Kit, *numbers: str, by: str = MOBILE, htmx: bool = False) -> Visitor:
    kit.account(numbers=numbers)
    return sign_in_by(kit, by, htmx=htmx)


def sign_in_by(kit: Kit, number: str, *, htmx: bool = False) -> Visitor:
    return kit.signed_in(number=number, htmx=htmx)


def test_the_confirmation_says_what_is_lost(kit: Kit, htmx: bool) -> None:
    visitor = signed_in(kit, MOBILE, OTHER_MOBILE, htmx=htmx)

    visitor.submit("Edit").submit(f"Remove {MASKED_OTHER}")

    assert (
        f"Remove {MASKED_OTHER}? You can still sign in without it. From then on, no code comes to this" in visitor.text
    )
    assert (
        f"You then have one number left: {MASKED_MOBILE}. If you lose that too, no code can reach you." in visitor.text
    )


def test_with_more_numbers_the_confirmation_says_how_many_stay(kit: Kit) -> None:
    visitor = signed_in(kit, MOBILE, OTHER_MOBILE, FIXED)

    visitor.submit("Edit").submit(f"Remove {MASKED_OTHER}")

    assert "Codes can still come to your other 2 numbers." in visitor.text


def test_a_number_is_removed_at_once(kit: Kit, htmx: bool) -> None:
    visitor = signed_in(kit, MOBILE, OTHER_MOBILE, htmx=htmx)

    remove_number(visitor, MASKED_OTHER)
    assert "The number is removed. It gets no codes any more." in visitor.text
    assert f"Remove {MASKED_OTHER}" not in visitor.body
    assert "Only one number." in visitor.text
    visitor.submit("Done").submit("Sign out")

    assert MASKED_OTHER not in visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD).text


def test_asking_removes_nothing_and_cancel_goes_back(kit: Kit, htmx: bool) -> None:
    visitor = signed_in(kit, MOBILE, OTHER_MOBILE, htmx=htmx)

    visitor.submit("Edit").submit(f"Remove {MASKED_OTHER}").submit("Cancel")

    assert visitor.path == "/security/numbers"
    assert MASKED_OTHER in visitor.text


def test_a_number_may_be_removed_without_having_it(kit: Kit) -> None:
    visitor = signed_in(kit, MOBILE, OTHER_MOBILE)

    remove_number(visitor, MASKED_OTHER)

    assert [each.kind for each in kit.messages(OTHER_MOBILE)] == ["notice"]
    assert f"Remove {MASKED_OTHER}" not in visitor.body


def test_the_last_number_stays(kit: Kit, htmx: bool) -> None:
    visitor = signed_in(kit, MOBILE, htmx=htmx)

    visitor.submit("Edit").submit(f"Remove {MASKED_MOBILE}")
    assert "This is the only thing that you can sign in with besides your password." in visitor.text

    visitor.post(action(visitor, MASKED_MOBILE))

    assert visitor.status == 422
    assert MASKED_MOBILE in visitor.get("/security").text


def action(visitor: Visitor, number: str) -> str:
    """The address behind the × of a number."""
    visitor.get("/security/numbers")
    form, _ = visitor._find(f"Remove {number}")
    return form.node.get("action")


def test_the_last_number_stays_when_two_tabs_remove_one_each(kit: Kit) -> None:
    visitor = signed_in(kit, MOBILE, OTHER_MOBILE)
    first, second = action(visitor, MASKED_MOBILE), action(visitor, MASKED_OTHER)
    visitor.get("/security/numbers")
    tab = visitor.tab()

    visitor.post(second)
    tab.post(first)

    assert tab.status == 422
    assert "This is the only thing that you can sign in with" in tab.text


def test_a_number_is_gone_once(kit: Kit) -> None:
    visitor = signed_in(kit, MOBILE, OTHER_MOBILE)
    address = action(visitor, MASKED_OTHER)
    twin = visitor.tab()

    visitor.post(address)
    twin.post(address)

    assert visitor.status == 200
    assert twin.status == 404


def test_a_number_that_just_came_cannot_stay_alone(kit: Kit, htmx: bool) -> None:
    visitor = signed_in(kit, MOBILE, htmx=htmx)
    verify_number(add_number(visitor), kit.code(OTHER_MOBILE))

    remove_number(visitor, MASKED_MOBILE)
    assert TOO_EARLY in visitor.text
    assert "what is new must be trusted for a while before what is older can go" in visitor.text
    assert "You can remove it from March 13, 2026 at 9:00 AM." in visitor.text

    assert MASKED_MOBILE in visitor.get("/security").text


def test_a_day_later_it_can(kit: Kit) -> None:
    visitor = signed_in(kit, MOBILE)
    verify_number(add_number(visitor), kit.code(OTHER_MOBILE))
    kit.clock.forward(days=1)

    visitor = sign_in_by(kit, MOBILE)
    remove_number(visitor, MASKED_MOBILE)

    assert "The number is removed." in visitor.text


def test_while_no_number_is_a_day_old_any_may_go(kit: Kit) -> None:
    kit.account()
    visitor = kit.signed_in()
    for number, country in (("07400 123456", "GB"), ("01512 3456789", "DE")):
        visitor.get("/security/numbers/add")
        visitor.submit("Continue", country=country, phone_number=number, verify_with="text")
        verify_number(visitor, kit.code(MOBILE if country == "GB" else OTHER_MOBILE))

    remove_number(visitor, MASKED_MOBILE)

    assert "The number is removed." in visitor.text


def young(kit: Kit, *, htmx: bool = False) -> Visitor:
    """Somebody who signed in with a number that was added an hour ago, beside two old ones."""
    visitor = signed_in(kit, MOBILE, FIXED)
    verify_number(add_number(visitor), kit.code(OTHER_MOBILE))
    kit.clock.forward(minutes=59)
    return sign_in_by(kit, OTHER_MOBILE, htmx=htmx)


def test_a_session_proved_by_a_new_number_removes_no_older_one(kit: Kit, htmx: bool) -> None:
    visitor = young(kit, htmx=htmx)

    remove_number(visitor, MASKED_FIXED)

    assert TOO_EARLY in visitor.text
    assert "You can remove it from March 13, 2026 at 9:00 AM." in visitor.text


def test_a_session_proved_by_an_old_number_removes_a_new_one(kit: Kit) -> None:
    young(kit)

    visitor = remove_number(sign_in_by(kit, MOBILE), MASKED_OTHER)

    assert "The number is removed." in visitor.text


def test_removing_the_number_that_proved_a_session_ends_it(kit: Kit) -> None:
    thief = young(kit)
    remove_number(sign_in_by(kit, MOBILE), MASKED_OTHER)
    kit.clock.forward(seconds=1)

    assert thief.get("/security/numbers").path == "/sign-in"


def test_a_code_for_a_removed_number_signs_nobody_in(kit: Kit) -> None:
    owner = signed_in(kit, MOBILE, OTHER_MOBILE)
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    visitor.submit(f"Text me at {MASKED_OTHER}")
    code = kit.code(OTHER_MOBILE)

    remove_number(owner, MASKED_OTHER)
    visitor.submit("Continue", verification_code=code)

    assert visitor.path == "/sign-in/code"
    assert visitor.status == 422


def test_a_removed_number_may_be_added_again(kit: Kit) -> None:
    visitor = remove_number(signed_in(kit, MOBILE, OTHER_MOBILE), MASKED_OTHER)

    verify_number(add_number(visitor), kit.code(OTHER_MOBILE))

    assert MASKED_OTHER in visitor.text
