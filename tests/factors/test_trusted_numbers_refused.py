"""Numbers that get no code: each refusal in one sentence, with and without HTMX."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.trusted_numbers import enter_number

pytestmark = pytest.mark.slow

UNUSUAL = "07700 900123"
VOIP = "056 1234 5678"
NOT_A_MOBILE = "Please use a mobile or home number."


@pytest.fixture(scope="module")
def one_kit(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Refusals change nothing, so these tests share a site."""
    kit = Kit(template, tmp_path_factory.mktemp("refused") / "instance")
    kit.account(numbers=(MOBILE,))
    yield kit
    kit.core.database.close()


@pytest.fixture(scope="module", params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, one_kit: Kit) -> Visitor:
    one_kit.clock.forward(minutes=11)
    return one_kit.signed_in(htmx=request.param)


@pytest.mark.parametrize(
    ("number", "country", "words"),
    [
        ("", "GB", "Please type your phone number."),
        ("my number", "GB", "A phone number is only digits. Please type it without letters."),
        ("0800 FLOWERS", "GB", "A phone number is only digits. Please type it without letters."),
        ("020 7031 3000 ext 5", "GB", "Numbers with an extension cannot get codes. Please use a direct number."),
        ("07400 123456;2", "GB", "Numbers with an extension cannot get codes."),
        ("030 123456/57", "DE", "This seems to be more than one number, or a number and something else."),
        ("999", "GB", "This is an emergency number. Please type your own number."),
        ("112", "GB", "This is an emergency number."),
        ("１１２", "GB", "This is an emergency number."),
        ("911", "US", "This is an emergency number."),
        ("110", "DE", "This is an emergency number."),
        ("118118", "GB", "This is a short service number. Please type a whole phone number."),
        ("201 555 012", "US", "This number is too short for this country."),
        ("123456789012345", "GB", "This number is too long for this country."),
        ("0900 123 4567 8", "GB", "This number is too long for this country."),
        ("090 1234 5678", "GB", f"This is a premium-rate number, which cannot get codes. {NOT_A_MOBILE}"),
        ("01801 2345", "DE", f"This is a shared-cost number, which cannot get codes. {NOT_A_MOBILE}"),
        ("0800 123 4567", "GB", f"This is a toll-free number, which cannot get codes. {NOT_A_MOBILE}"),
        ("055 1234 5678", "GB", "This is a company’s common number, which cannot get codes."),
        ("076 4012 3456", "GB", f"This is a pager, which cannot get codes. {NOT_A_MOBILE}"),
        ("0177 9912 34567", "DE", f"This is a voicemail number, which cannot get codes. {NOT_A_MOBILE}"),
        ("+870 773 111 632", "GB", "This is a satellite number, which cannot get codes here."),
        ("07400 123456", "GB", "This number is in your list already."),
        ("+44 (0)7400 123456", "DE", "This number is in your list already."),
    ],
)
def test_a_number_that_cannot_get_codes_is_refused_by_name(
    number: str, country: str, words: str, alice: Visitor, one_kit: Kit
) -> None:
    before = one_kit.database_text()

    enter_number(alice, number, country)

    assert alice.status == 422
    assert words in alice.text
    assert alice.value("Phone Number") == number
    assert one_kit.database_text() == before


def test_a_fixed_line_takes_no_text(alice: Visitor) -> None:
    enter_number(alice, "020 7031 3000")

    assert alice.status == 422
    assert "This is a fixed line, and fixed lines take no text messages. Please choose a phone call." in alice.text


def test_an_internet_number_is_warned_of_before_anything_is_sent(alice: Visitor, one_kit: Kit) -> None:
    enter_number(alice, VOIP)

    assert "This is an internet number." in alice.text
    assert "you cannot get codes and may be locked out" in alice.text
    assert one_kit.messages("+445612345678") == []


def test_an_unusual_number_is_asked_about(alice: Visitor, one_kit: Kit) -> None:
    enter_number(alice, UNUSUAL)

    assert "This number looks unusual. From abroad it is dialled as +44 7700 900123." in alice.text
    assert "Send anyway" in alice.buttons
    assert one_kit.messages("+447700900123") == []


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [(UNUSUAL, VOIP, "This is an internet number."), (VOIP, UNUSUAL, "This number looks unusual.")],
)
def test_accepting_one_warning_does_not_accept_the_other(
    first: str, second: str, words: str, alice: Visitor, one_kit: Kit
) -> None:
    enter_number(alice, first)

    alice.submit("Send anyway", phone_number=second)

    assert words in alice.text
    assert one_kit.messages("+445612345678") == one_kit.messages("+447700900123") == []


def test_a_label_that_is_too_long_is_refused_with_all_that_was_typed(alice: Visitor) -> None:
    enter_number(alice, "030 123456", "DE", "call", label="x" * 65)

    assert alice.status == 422
    assert "Something here is too long. Please shorten it." in alice.text
    assert alice.value("Phone Number") == "030 123456"
    assert alice.value("Country").startswith("Germany")
    assert alice.value("Label") == "x" * 65


@pytest.mark.parametrize("typed", [UNUSUAL, VOIP])
def test_sending_anyway_sends_once_asked(typed: str, kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = enter_number(kit.signed_in(), typed)

    visitor.submit("Send anyway")

    assert visitor.path == "/security/numbers/code"
    assert len(kit.messages("+447700900123") + kit.messages("+445612345678")) == 1


@pytest.mark.parametrize(
    ("policy", "words"),
    [("block", "This is an internet number, and those are not allowed here."), ("allow", "A text message with a code")],
)
def test_the_operator_decides_about_internet_numbers(policy: str, words: str, make_kit) -> None:
    kit = make_kit(TRUSTWEB_VOIP=policy)
    kit.account(numbers=(MOBILE,))

    visitor = enter_number(kit.signed_in(), VOIP)

    assert words in visitor.text


def test_personal_numbers_go_by_the_same_policy(make_kit) -> None:
    kit = make_kit(TRUSTWEB_VOIP="block")
    kit.account(numbers=(MOBILE,))

    visitor = enter_number(kit.signed_in(), "070 1234 5678")

    assert "This is a personal forwarding number, and those are not allowed here." in visitor.text


def test_only_the_operators_countries_are_served_and_proved_numbers_stay(make_kit) -> None:
    kit = make_kit(TRUSTWEB_COUNTRIES="GB")
    kit.account(numbers=(OTHER_MOBILE,))
    visitor = kit.signed_in(number=OTHER_MOBILE)

    enter_number(visitor, "+49 30 123456", method="call")

    assert "Numbers from this country cannot be added here." in visitor.text
    assert "+49 •••• •••••89" in visitor.get("/security").text
    assert [o.get("value") for o in visitor.get("/security/numbers/add").page.all("option")] == ["GB"]


@pytest.mark.parametrize("typed", ["+1 876 234 5678", "876 234 5678", "+1 876 000 0000", "+1 416 555 0123"])
def test_a_dialling_code_that_is_shared_lets_nobody_in(typed: str, make_kit) -> None:
    kit = make_kit(TRUSTWEB_COUNTRIES="US")
    kit.account(numbers=(MOBILE,))

    visitor = enter_number(kit.signed_in(), typed, "US")

    assert "Numbers from this country cannot be added here." in visitor.text
    assert kit.messages("+18762345678") == []


def test_an_account_has_only_so_many_numbers(make_kit) -> None:
    kit = make_kit(TRUSTWEB_MAX_NUMBERS="2")
    kit.account(numbers=(MOBILE, FIXED))

    visitor = enter_number(kit.signed_in(), "01512 3456789", "DE")

    assert "You can have 2 numbers. Remove one to add another one." in visitor.text


def test_ten_numbers_is_the_most(kit: Kit) -> None:
    assert kit.core.config.max_numbers == 10


def test_two_accounts_may_have_the_same_number_and_neither_can_tell(kit: Kit) -> None:
    kit.account("bob@example.com", numbers=(OTHER_MOBILE,))
    kit.account(numbers=(MOBILE,))

    visitor = enter_number(kit.signed_in(), "01512 3456789", "DE")
    visitor.submit("Continue", verification_code=kit.code(OTHER_MOBILE))

    assert "The number is verified and in your list." in visitor.text


def test_the_next_number_begins_in_the_country_of_the_last_one(alice: Visitor) -> None:
    alice.get("/security/numbers").submit("Add a Trusted Phone Number")

    assert alice.value("Country") == "United Kingdom (+44)"  # her browser's English is taken for American
