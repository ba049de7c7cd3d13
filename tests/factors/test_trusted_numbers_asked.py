"""Numbers that can be read in two ways: the page asks which one is meant."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE, Kit
from tests.support.trusted_numbers import enter_number


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=request.param)


def sent(kit: Kit) -> list[str]:
    kit.deliver()
    return [each.destination for each in (*kit.texts.messages, *kit.calls.messages) if each.destination != MOBILE]


def test_a_number_that_can_be_read_in_two_ways_is_asked_about(alice: Visitor, kit: Kit) -> None:
    enter_number(alice, "4915123456789", "DE", "call", "Mum")
    assert alice.status == 422
    assert "Which number do you mean?" in alice.text
    assert {"Use +49 1512 3456789", "Use +49 491 5123456789"} <= set(alice.buttons)
    assert (alice.value("Phone Number"), alice.value("Label")) == ("4915123456789", "Mum")
    assert sent(kit) == []

    alice.submit("Use +49 1512 3456789")

    assert "We are calling +49 1512 3456789" in alice.text
    assert sent(kit) == ["+4915123456789"]


def test_a_text_to_what_looks_like_a_fixed_line_is_offered_to_the_mobile_phone(alice: Visitor, kit: Kit) -> None:
    enter_number(alice, "11 2345-6789", "AR")
    assert "Is this a mobile phone?" in alice.text
    assert "A fixed line takes no text messages" in alice.text

    alice.submit("Use +54 9 11 2345-6789")

    assert sent(kit) == ["+5491123456789"]


def test_a_fixed_line_that_was_taken_for_a_mobile_phone_is_called(alice: Visitor, kit: Kit) -> None:
    enter_number(alice, "11 2345-6789", "AR")

    alice.submit("Continue", verify_with="call")

    assert sent(kit) == ["+541123456789"]


def test_a_digit_too_many_sends_nobody_abroad_without_a_question(alice: Visitor, kit: Kit) -> None:
    enter_number(alice, "346 612 34567", "US")
    assert "Which number do you mean?" in alice.text
    assert "Use +34 661 23 45 67" in alice.buttons

    alice.submit("Continue", phone_number="346 612 3456")

    assert sent(kit) == ["+13466123456"]


def test_an_area_code_that_was_left_out_is_named_before_it_is_dialled(alice: Visitor, kit: Kit) -> None:
    enter_number(alice, "464 1234", "AG")
    assert "What you typed has no area code." in alice.text

    alice.submit("Use +1 268-464-1234")

    assert sent(kit) == ["+12684641234"]


@pytest.mark.parametrize(
    ("typed", "country", "button", "number"),
    [
        ("90 01 12 34", "BJ", "Use +229 01 90 01 12 34", "+2290190011234"),
        ("11 8765-4321", "BR", "Use +55 11 98765-4321", "+5511987654321"),
        ("11 8765-4321", "BR", "Use +55 1187654321", "+551187654321"),  # unusual, and said yes to already
    ],
)
def test_an_old_number_is_told_what_it_is_today(
    typed: str, country: str, button: str, number: str, alice: Visitor, kit: Kit
) -> None:
    enter_number(alice, typed, country)
    assert "Is this number up to date?" in alice.text

    alice.submit(button)

    assert sent(kit) == [number]


def test_yes_to_one_number_is_not_yes_to_the_next(alice: Visitor, kit: Kit) -> None:
    enter_number(alice, "11 8765-4321", "BR")

    alice.submit("Use +55 11 98765-4321", phone_number="11 8765-4322")
    assert "Use +55 11 98765-4322" in alice.buttons
    alice.submit("Use +55 11 98765-4322", phone_number="07700 900123", country="GB")
    assert "From abroad it is dialled as +44 7700 900123." in alice.text
    alice.submit("Send anyway", phone_number="07700 900124")
    assert "From abroad it is dialled as +44 7700 900124." in alice.text

    assert sent(kit) == []


@pytest.mark.parametrize(("typed", "country"), [("533 234 5678", "Canada"), ("201 555 0123", "United States")])
def test_of_countries_that_share_a_code_it_is_the_one_that_has_the_number(
    typed: str, country: str, alice: Visitor
) -> None:
    enter_number(alice, typed, "CA")
    if "Send anyway" in alice.buttons:  # a personal number
        alice.submit("Send anyway")

    alice.submit("Wrong number?")

    assert alice.value("Country").startswith(country)


def test_a_pasted_link_needs_no_question(alice: Visitor, kit: Kit) -> None:
    enter_number(alice, "tel:+44-20-7031-3000\ufe0e", "DE", "call")

    assert sent(kit) == [FIXED]


def test_what_is_far_too_long_is_refused_in_a_sentence(alice: Visitor) -> None:
    enter_number(alice, "1" * 257, "DE")

    assert alice.status == 422
    assert "Something here is too long. Please shorten it." in alice.text
