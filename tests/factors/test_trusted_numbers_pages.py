"""Adding and changing a trusted phone number on the page, with and without HTMX."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.sign_in import wrong_code
from tests.support.trusted_numbers import TEXT_ON_ITS_WAY, add_number, verify_number


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def htmx(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def alice(kit: Kit, htmx: bool) -> Visitor:
    """Alice, signed in, with one number that is two days old."""
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=htmx)


def test_a_number_is_added_in_place(alice: Visitor, kit: Kit) -> None:
    add_number(alice, label="Mum")
    assert TEXT_ON_ITS_WAY in alice.text

    verify_number(alice, kit.code(OTHER_MOBILE))
    assert alice.path == "/security/numbers"
    assert "The number is verified and in your list." in alice.text
    assert "Mum +49 •••• •••••89 · text message" in alice.text
    assert "Verification Code" not in alice.text

    alice.submit("Done")

    assert alice.path == "/security"
    assert "×" not in alice.text


def test_the_first_number_turns_two_factor_on(kit: Kit, htmx: bool) -> None:
    kit.account()
    visitor = kit.signed_in(htmx=htmx)
    assert visitor.path == "/security/two-factor"
    for words in ("a six-digit code", "second number", "weakest way", "SIM swap", "messages on their way", "VoIP"):
        assert words in visitor.text
    visitor.submit("Continue")
    visitor.submit("Continue", country="GB", phone_number="07400 123456", verify_with="text")

    verify_number(visitor, kit.code())

    assert "The number is verified. Two-factor authentication is on." in visitor.text
    assert "Only one number. If you lose this phone, no code can reach you." in visitor.text


def test_turning_two_factor_on_ends_sessions_of_the_password_alone(kit: Kit) -> None:
    kit.account()
    elsewhere, visitor = kit.signed_in(), kit.signed_in()
    visitor.get("/security/numbers/add")
    visitor.submit("Continue", country="GB", phone_number="07400 123456", verify_with="text")

    verify_number(visitor, kit.code())

    assert elsewhere.get("/security").path == "/sign-in"


@pytest.mark.parametrize(
    "typed",
    [
        "+49 1512 3456789",
        "0049 1512 3456789",
        "(01512) 345.67.89",
        "1512 3456789",
        "٠١٥١٢٣٤٥٦٧٨٩",
        "０１５１２３４５６７８９",
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()

    add_number(visitor, typed)

    assert TEXT_ON_ITS_WAY in visitor.text


def test_a_pasted_country_code_corrects_the_country(alice: Visitor, kit: Kit) -> None:
    assert "unless the number begins with +" in alice.get("/security/numbers/add").text
    add_number(alice, "+49 1512 3456789", "GB")
    assert TEXT_ON_ITS_WAY in alice.text

    alice.submit("Wrong number?")

    assert alice.value("Country").startswith("Germany")


def test_a_fixed_line_is_called(alice: Visitor, kit: Kit) -> None:
    alice.submit("Edit").submit("Add a Trusted Phone Number")
    alice.submit("Continue", country="GB", phone_number="020 7031 3000", label="Home", verify_with="call")
    assert "We are calling +44 20 7031 3000 and say the code three times." in alice.text
    assert "Text me" not in alice.buttons

    verify_number(alice, kit.code(FIXED))

    assert "Home +44 •• •••• ••00 · phone call only, it is a fixed line" in alice.text


def test_a_mistyped_number_is_corrected_before_it_is_verified(alice: Visitor, kit: Kit) -> None:
    add_number(alice, "0151 23456788", label="Mum")
    dead = kit.code("+4915123456788")
    alice.submit("Wrong number?")
    assert alice.value("Phone Number") == "01512 3456788"
    assert alice.value("Label") == "Mum"

    alice.submit("Continue", phone_number="01512 3456789")
    assert TEXT_ON_ITS_WAY in alice.text
    assert verify_number(alice, dead).status == 422
    verify_number(alice, kit.code(OTHER_MOBILE))

    assert "+49 •••• •••••89" in alice.text
    assert "•88" not in alice.text


def test_a_wrong_code_says_how_many_tries_are_left(alice: Visitor, kit: Kit) -> None:
    add_number(alice)

    verify_number(alice, wrong_code(kit.code(OTHER_MOBILE)))

    assert alice.status == 422
    assert "That is not the code. You have 4 tries left." in alice.text


def test_when_the_tries_are_gone_the_page_says_what_to_do(alice: Visitor, kit: Kit) -> None:
    add_number(alice)
    code = kit.code(OTHER_MOBILE)
    for _ in range(5):
        verify_number(alice, wrong_code(code))
    assert "this was the last try. Please cancel, wait a few minutes and start again." in alice.text

    alice.post("/security/numbers/code", code=code)

    assert alice.status == 429
    assert "+49 •••• •••••89" not in alice.get("/security").text


def test_an_old_code_is_refused_and_a_new_one_offered(alice: Visitor, kit: Kit) -> None:
    add_number(alice)
    code = kit.code(OTHER_MOBILE)
    kit.clock.forward(minutes=10)

    verify_number(alice, code)

    assert alice.status == 422
    assert "This code is too old. Please send a new one." in alice.text
    assert "Send a new code" in alice.buttons


def test_cancel_leaves_nothing_behind(alice: Visitor, kit: Kit) -> None:
    add_number(alice)
    code = kit.code(OTHER_MOBILE)

    alice.submit("Cancel")
    assert alice.path == "/security/numbers"
    alice.post("/security/numbers/code", code=code)

    assert "+49 •••• •••••89" not in alice.text
    assert alice.status == 200


def test_a_code_typed_where_none_is_waited_for_is_no_error(alice: Visitor) -> None:
    alice.submit("Edit")

    alice.post("/security/numbers/code", code="not a code")

    assert alice.status in {200, 422}


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>\"'", "&lt;b&gt;", "{{ 7*7 }}", "👩‍👩‍👧 Mum", "x" * 64])
def test_a_label_is_only_words(hostile: str, kit: Kit, htmx: bool) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = add_number(kit.signed_in(htmx=htmx), label=hostile)

    verify_number(visitor, kit.code(OTHER_MOBILE))

    assert hostile in visitor.text
    assert "<script>alert" not in visitor.body
    assert visitor.submit("Change +49 •••• •••••89").value("Label") == hostile


def test_a_label_that_turns_the_writing_round_turns_nothing_else(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = add_number(kit.signed_in(), label="\u202emuM")

    verify_number(visitor, kit.code(OTHER_MOBILE))
    around = [node for node in visitor.page.root.walk() if "\u202e" in "".join(map(str, node.children))]

    assert all(node.tag == "bdi" or node.get("dir") == "auto" for node in around)


def test_a_number_is_renamed_and_gets_its_codes_another_way(alice: Visitor) -> None:
    alice.submit("Edit").submit("Change +44 •••• ••••56")

    alice.submit("Save", label="My phone", how_codes_come="call")

    assert "The change is saved." in alice.text
    assert "My phone +44 •••• ••••56 · phone call" in alice.text


def test_the_preferred_method_is_how_the_next_code_comes(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().submit("Edit").submit("Change +44 •••• ••••56").submit("Save", how_codes_come="call")
    visitor.get("/security").submit("Sign out")

    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    kit.deliver()

    assert "We are calling +44 •••• ••••56" in visitor.text
    assert len(kit.calls.messages) == 1


def test_a_fixed_line_cannot_be_changed_to_texts(kit: Kit, htmx: bool) -> None:
    kit.account(numbers=(MOBILE, FIXED))
    visitor = kit.signed_in(htmx=htmx).submit("Edit").submit("Change +44 •• •••• ••00")

    visitor.post(visitor.path, label="", method="text")

    assert visitor.status == 422
    assert "fixed lines take no text messages" in visitor.text
