"""Signing in with password and code, and how little a stranger learns."""

from __future__ import annotations

import threading
import time

import pytest

from tests.support.kit import ALICE, EVE, FIXED, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password, set_session_cookie, visitor_from
from trustweb import accounts


def test_a_password_and_the_code_from_the_phone_sign_in(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    visitor.submit("Continue", verification_code=kit.code())

    assert visitor.path == "/security"
    assert "Two-factor authentication is on." in visitor.text


def test_with_one_number_the_code_is_on_its_way_when_the_page_opens(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))

    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert "Enter the code sent to +44 •••• ••••56." in visitor.text
    assert len(kit.messages(MOBILE)) == 1


def test_with_several_numbers_the_person_picks(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, FIXED))
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert kit.messages(MOBILE) == []

    visitor.submit("Call me at +44 •• •••• ••00").submit("Continue", verification_code=kit.code(FIXED))

    assert visitor.path == "/security"


def test_the_name_is_the_same_in_capitals(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))

    visitor = enter_password(kit, account=" Alice@EXAMPLE.com ")

    assert visitor.path == "/sign-in/code"


def test_unknown_known_and_disabled_accounts_get_the_same_answer(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    kit.account(EVE, numbers=(MOBILE,))
    disable(kit, EVE)

    wrong = enter_password(kit, password="not the password")
    unknown = enter_password(kit, account="nobody@example.com")
    disabled = enter_password(kit, account=EVE)
    assert "The account or the password is not right." in wrong.text
    assert {wrong.status, unknown.status, disabled.status} == {422}
    assert wrong.text == unknown.text == disabled.text
    assert kit.messages(MOBILE) == []


def disable(kit: Kit, name: str) -> None:
    with kit.core.database.writing() as work:
        account = accounts.find(work, name)
        assert account
        accounts.disable(work, account.id, True)


def test_unknown_known_and_disabled_accounts_take_the_same_time(kit: Kit) -> None:
    kit.account()
    kit.account(EVE)
    disable(kit, EVE)
    enter_password(kit, account="warm@example.com")

    asked = {ALICE: "not the password", "nobody@example.com": PASSWORD, EVE: PASSWORD}
    rounds = [[seconds(kit, name, password) for name, password in asked.items()] for _ in range(6)]
    fastest = [min(times) for times in zip(*rounds, strict=True)]
    assert max(fastest) < 2 * min(fastest)


def seconds(kit: Kit, name: str, password: str) -> float:
    visitor = kit.visitor().get("/sign-in")
    began = time.process_time()  # of this process: what others do on the machine is not in it
    visitor.submit("Sign In", account=name, password=password)
    return time.process_time() - began


def test_an_address_has_only_so_many_wrong_passwords(make_kit) -> None:
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="2/300")
    kit.account(numbers=(MOBILE,))
    for _ in range(2):
        enter_password(kit, password="not the password")

    limited = enter_password(kit)
    assert limited.status == 429
    assert "There were too many wrong passwords from your network." in limited.text
    assert enter_password(kit, visitor=visitor_from(kit, "192.0.2.7")).path == "/sign-in/code"

    kit.clock.forward(minutes=5)

    assert enter_password(kit).path == "/sign-in/code"


def test_a_neighbourhood_of_ipv6_addresses_counts_as_one(make_kit) -> None:
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="1/300")
    enter_password(kit, visitor=visitor_from(kit, "2001:db8:0:1::1"), password="not the password")

    near = enter_password(kit, visitor=visitor_from(kit, "2001:db8:0:1:ffff::2"), password="not the password")
    far = enter_password(kit, visitor=visitor_from(kit, "2001:db8:0:2::1"), password="not the password")

    assert near.status == 429
    assert far.status == 422


def test_a_flood_of_passwords_is_told_when_to_come_back_and_known_browsers_get_in(make_kit) -> None:
    kit = make_kit(TRUSTWEB_HASH_QUEUE="2", TRUSTWEB_ARGON2_TIME="25")
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().submit("Sign out")
    flood = threading.Thread(target=kit.core.hasher.hash, args=(PASSWORD,))
    flood.start()

    stranger = enter_password(kit)
    enter_password(kit, visitor=owner)
    flood.join()

    assert owner.path == "/sign-in/code"
    assert stranger.status == 503
    assert int(stranger.answer.headers.get("Retry-After", 0)) > 0


def test_a_signed_out_cookie_opens_nothing(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    cookie = visitor.cookie("trustweb")
    visitor.submit("Sign out")
    assert "You are signed out." in visitor.text

    thief = visitor_from(kit, "192.0.2.7")
    set_session_cookie(thief, cookie)

    assert thief.get("/security").path == "/sign-in"


@pytest.mark.parametrize("path", ["/security", "/security/numbers", "/security/password", "/verify"])
def test_a_password_alone_opens_nothing(path: str, kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = enter_password(kit)

    visitor.get(path)

    assert visitor.path == "/sign-in/code"
    assert "Trusted Phone Numbers" not in visitor.text


def test_a_password_is_good_for_fifteen_minutes(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = enter_password(kit)
    kit.clock.forward(minutes=14, seconds=59)
    assert visitor.get("/sign-in/code").path == "/sign-in/code"

    kit.clock.forward(seconds=1)

    assert visitor.get("/sign-in/code").path == "/sign-in"


def test_cancel_ends_the_half_open_session(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = enter_password(kit)
    cookie = visitor.cookie("trustweb")

    visitor.submit("Cancel")
    thief = kit.visitor()
    set_session_cookie(thief, cookie)

    assert visitor.path == "/sign-in"
    assert thief.get("/sign-in/code").path == "/sign-in"


def test_a_sign_in_leaves_no_trace_of_an_account_in_another_browser(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    kit.signed_in()

    assert kit.visitor().get("/security").path == "/sign-in"


def test_a_page_is_shown_when_only_last_seen_cannot_be_written(kit: Kit, logged: list[str]) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    kit.clock.forward(minutes=2)
    with kit.core.database.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TRIGGER no BEFORE UPDATE ON session BEGIN SELECT RAISE(FAIL, 'full'); END")
        connection.commit()
        visitor.get("/security")
        connection.exec_driver_sql("DROP TRIGGER no")
        connection.commit()

    assert visitor.status == 200
    assert "+44 •••• ••••56" in visitor.text
    assert [line for line in logged if line.startswith("last seen: the database refuses")]
