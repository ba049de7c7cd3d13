"""Codes for a number that is being added: pauses, limits, double clicks, reloads, tabs."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import BOB, EVE, MOBILE, OTHER_MOBILE, Kit
from tests.support.trusted_numbers import TEXT_ON_ITS_WAY, add_number, delivery_steps, verify_number

pytestmark = pytest.mark.slow

NO_MORE = "No more codes can be sent to this number now."


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def htmx(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def kit(make_kit) -> Kit:
    """Pauses are looked at here without the daily limit in the way."""
    return make_kit(TRUSTWEB_UNPROVED_SENDS="9/86400")


@pytest.fixture
def alice(kit: Kit, htmx: bool) -> Visitor:
    """Alice waits for the code of her mother's number."""
    kit.account(numbers=(MOBILE,))
    return add_number(kit.signed_in(htmx=htmx))


def sends(kit: Kit) -> int:
    return len(kit.messages(OTHER_MOBILE))


def test_the_pauses_grow(alice: Visitor, kit: Kit) -> None:
    for sent, pause in enumerate((30, 60, 120, 300), 1):
        kit.clock.forward(seconds=pause - 1)
        alice.get("/security/numbers/code").submit("Send a new code")
        assert alice.status == 429
        assert "A code was sent just now. You can send a new one in 1 second." in alice.text
        assert sends(kit) == sent

        kit.clock.forward(seconds=1)
        alice.get("/security/numbers/code").submit("Send a new code")

        assert alice.status == 200
        assert sends(kit) == sent + 1


def test_the_time_left_is_on_the_page(alice: Visitor, kit: Kit) -> None:
    assert "Good for 10 minutes. You can send a new code in 30 seconds." in alice.text

    kit.clock.forward(seconds=30)

    assert "You can send a new code in" not in alice.get("/security/numbers/code").text


def test_with_two_minutes_left_a_resend_brings_the_same_code(alice: Visitor, kit: Kit) -> None:
    kit.clock.forward(minutes=8)

    alice.submit("Send a new code")
    first, second = kit.messages(OTHER_MOBILE)

    assert first.code == second.code
    assert "Good for 2 minutes." in alice.text


def test_later_a_resend_brings_a_new_code_and_the_old_one_is_dead(alice: Visitor, kit: Kit) -> None:
    old = kit.code(OTHER_MOBILE)
    kit.clock.forward(minutes=8, seconds=1)

    alice.submit("Send a new code")
    new = kit.code(OTHER_MOBILE)
    assert "Good for 10 minutes." in alice.text
    assert verify_number(alice, old).status == 422

    assert "The number is verified" in verify_number(alice, new).text


def test_a_new_code_brings_no_new_tries(alice: Visitor, kit: Kit) -> None:
    verify_number(alice, "000000" if kit.code(OTHER_MOBILE) != "000000" else "000001")
    kit.clock.forward(minutes=8, seconds=1)

    alice.get("/security/numbers/code").submit("Send a new code")
    verify_number(alice, "000000" if kit.code(OTHER_MOBILE) != "000000" else "000001")

    assert "You have 3 tries left." in alice.text


def test_the_other_method_calls_with_the_same_code(alice: Visitor, kit: Kit) -> None:
    kit.clock.forward(seconds=30)

    alice.submit("Call me")
    text, call = kit.messages(OTHER_MOBILE)

    assert "We are calling +49 1512 3456789 and say the code three times." in alice.text
    assert text.code == call.code


def test_a_form_that_is_sent_twice_sends_once(kit: Kit, htmx: bool) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in(htmx=htmx).submit("Edit").submit("Add a Trusted Phone Number")
    twin = visitor.tab()

    for each in (visitor, twin):
        each.submit("Continue", country="DE", phone_number="01512 3456789", verify_with="text")

    assert TEXT_ON_ITS_WAY in visitor.text
    assert TEXT_ON_ITS_WAY in twin.text
    assert sends(kit) == 1


def test_a_double_click_on_send_a_new_code_sends_once(alice: Visitor, kit: Kit) -> None:
    kit.clock.forward(seconds=30)
    twin = alice.tab()

    alice.submit("Send a new code")
    twin.submit("Send a new code")

    assert (alice.status, twin.status) == (200, 200)
    assert sends(kit) == 2


def test_looking_reloading_and_going_back_send_nothing(alice: Visitor, kit: Kit) -> None:
    kit.clock.forward(minutes=1)

    for path in ("", "/add", "/add?correct=1", "/code", "/code/send", "/cancel", "/code/status", "/code"):
        alice.get(f"/security/numbers{path}")

    assert TEXT_ON_ITS_WAY in alice.text
    assert sends(kit) == 1


def test_a_reload_after_the_code_shows_the_list(alice: Visitor, kit: Kit) -> None:
    verify_number(alice, kit.code(OTHER_MOBILE))

    alice.get("/security/numbers/code")

    assert alice.path == "/security/numbers"
    assert alice.text.count("+49 •••• •••••89") == 1


def test_a_code_typed_in_two_tabs_adds_the_number_once(alice: Visitor, kit: Kit) -> None:
    twin, code = alice.tab(), kit.code(OTHER_MOBILE)

    verify_number(alice, code)
    verify_number(twin, code)

    assert twin.status == 200
    assert twin.get("/security/numbers").text.count("+49 •••• •••••89") == 1


def test_a_second_tab_that_adds_another_number_takes_the_place_of_the_first(alice: Visitor, kit: Kit) -> None:
    first = kit.code(OTHER_MOBILE)
    tab = kit.visitor()
    tab._wire = alice._wire

    add_number(tab, "201 555 0123", "US")
    verify_number(alice, first)
    assert alice.status == 422

    verify_number(tab, kit.code("+12015550123"))

    assert "+1 ••• ••• ••23" in tab.text


def test_a_form_sent_again_after_back_does_not_send_again(alice: Visitor, kit: Kit) -> None:
    kit.clock.forward(minutes=1)
    alice.post("/security/numbers/add", region="DE", number="01512 3456789", label="", method="text", seen="")

    assert TEXT_ON_ITS_WAY in alice.text
    assert sends(kit) == 1


def test_the_page_tells_how_the_message_fares(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = add_number(kit.signed_in(htmx=True))
    assert "Sending Sent Delivered" in visitor.text
    assert delivery_steps(visitor)[-1].get("class") == ""

    kit.deliver()
    visitor.poll()

    assert [node.get("class") for node in delivery_steps(visitor)] == ["done", "done", ""]


def test_a_number_gets_three_codes_a_day_from_all_accounts_together(make_kit) -> None:
    kit = make_kit()
    for name in (BOB, EVE, "carol@example.com"):
        kit.account(name, numbers=(MOBILE,))
        add_number(kit.signed_in(name))
    kit.account(numbers=(MOBILE,))

    visitor = add_number(kit.signed_in())

    assert visitor.status == 429
    assert NO_MORE in visitor.text
    assert sends(kit) == 3


def test_an_account_sends_only_so_many_codes_an_hour(make_kit) -> None:
    kit = make_kit(TRUSTWEB_ACCOUNT_SENDS="2/3600")
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    for number in ("01512 3456789", "01512 3456788"):
        add_number(visitor, number)

    add_number(visitor, "01512 3456787")

    assert visitor.status == 429
    assert "You asked for many codes to new numbers already." in visitor.text
    assert kit.messages("+4915123456787") == []


def test_the_site_has_limits_too_and_where_anybody_may_come_an_address(make_kit) -> None:
    for setting in (
        {"TRUSTWEB_ADDRESS_SENDS": "1/3600", "TRUSTWEB_REGISTRATION": "open"},
        {"TRUSTWEB_DAILY_SENDS": "1"},
    ):
        kit = make_kit(**setting)
        kit.account(numbers=(MOBILE,))
        visitor = kit.signed_in()
        add_number(visitor)

        add_number(visitor, "01512 3456788")

        assert visitor.status == 429
        assert kit.messages("+4915123456788") == []


def test_the_limits_are_those_of_the_design(make_kit) -> None:
    config = make_kit().core.config

    assert config.cool_downs == (30, 60, 120, 300)
    assert config.unproved_sends == ((3, 86400),)
    assert config.account_sends == ((10, 3600), (20, 86400))
    assert config.address_sends == ((20, 3600),)
    assert config.proved_sends == ((3, 600), (10, 86400))
    assert config.code_failures == ((5, 300), (20, 3600), (50, 86400))
