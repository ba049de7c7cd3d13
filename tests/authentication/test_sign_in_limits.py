"""The code page when a limit is reached: it says so before a button is pressed."""

from __future__ import annotations

from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.sign_in import at_code_page, enter_password
from tests.support.statements import executed
from trustweb.transports import DeliveryError


def three_codes(kit: Kit, visitor: Visitor) -> Visitor:
    for pause in (30, 60):
        kit.clock.forward(seconds=pause)
        visitor.get("/sign-in/code").submit("Send a new code")
        kit.deliver()
    return visitor


def test_after_three_codes_the_page_says_when_the_next_may_follow(kit: Kit) -> None:
    visitor = three_codes(kit, at_code_page(kit))
    assert len(kit.messages(MOBILE)) == 3
    assert "Check that your phone has a signal. You can send a new code in 9 minutes." in visitor.text
    assert visitor.buttons == ["Continue", "Cancel"]

    kit.clock.forward(minutes=8, seconds=30)
    visitor.get("/sign-in/code").submit("Send a new code")

    assert visitor.status == 200
    assert len(kit.messages(MOBILE)) == 4


def test_the_last_minute_of_a_limit_counts_down_as_a_pause_does(kit: Kit) -> None:
    visitor = three_codes(kit, at_code_page(kit))
    kit.clock.forward(minutes=7, seconds=30)

    visitor.get("/sign-in/code").submit("Send a new code")

    assert visitor.status == 429
    assert "You can send a new one in 60 seconds." in visitor.text
    assert len(kit.messages(MOBILE)) == 3


def test_another_number_stays_open(kit: Kit) -> None:
    visitor = at_code_page(kit, MOBILE, OTHER_MOBILE).submit("Text me at +44 •••• ••••56")
    three_codes(kit, visitor)
    visitor.submit("Text me at +49 •••• •••••89")

    assert "+44 •••• ••••56 You can send a new code in 9 minutes." in visitor.text
    assert "Send a new code" in visitor.buttons
    assert not [button for button in visitor.buttons if "56" in button]


def test_who_signs_in_too_often_is_told_before_a_click(kit: Kit) -> None:
    at_code_page(kit)
    enter_password(kit)
    enter_password(kit).submit("Text me at +44 •••• ••••56")

    last = enter_password(kit)

    assert "+44 •••• ••••56 You can send a new code in 10 minutes." in last.text
    assert last.buttons == ["Cancel"]


def test_the_last_code_that_comes_unasked_is_not_the_last_one(kit: Kit) -> None:
    at_code_page(kit)

    assert "You can send a new code in 30 seconds." in enter_password(kit).text


def test_without_another_number_none_is_offered(kit: Kit) -> None:
    visitor = at_code_page(kit)
    number = next(node.get("value") for node in visitor.page.all("input") if node.get("name") == "number")
    enter_password(kit)
    enter_password(kit).submit("Text me at +44 •••• ••••56")

    last = enter_password(kit).post("/sign-in/code/send", number=number, method="text", seen="")

    assert last.status == 429
    assert "Several codes went to this number just now. Please use the newest, or wait 10 minutes." in last.text


def test_a_full_site_is_no_fault_of_the_number(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="1")
    at_code_page(kit, MOBILE, OTHER_MOBILE).submit("Text me at +44 •••• ••••56")

    last = enter_password(kit)

    assert last.buttons == ["Cancel"]
    assert "+49 •••• •••••89 You can send a new code in 24 hours." in last.text


def test_a_failed_call_to_the_only_number_offers_no_other(kit: Kit) -> None:
    kit.account(numbers=(FIXED,))
    kit.calls.failures.append(DeliveryError("refused", permanent=True))
    visitor = enter_password(kit)
    kit.deliver()

    visitor.get("/sign-in/code")

    assert "The call could not be made. Please try again in a few minutes." in visitor.text


def test_a_code_that_failed_does_not_open_a_limit(make_kit) -> None:
    kit = make_kit(TRUSTWEB_PROVED_SENDS="1/600")
    kit.texts.failures.append(DeliveryError("refused", permanent=True))
    visitor = at_code_page(kit)
    kit.deliver()

    visitor.get("/sign-in/code")

    assert "The message could not be sent." in visitor.text
    assert visitor.buttons == ["Cancel"]


def test_a_code_on_its_way_costs_no_look_at_the_limits(kit: Kit) -> None:
    visitor = at_code_page(kit)

    with executed(kit.core.database) as asked:
        visitor.get("/sign-in/code")

    assert asked
    assert not [each for each in asked if "rate_limit" in each.sql]
