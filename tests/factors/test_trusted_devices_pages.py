"""Trusted devices over HTTP: trusting one, codes that it shows, and what ends the trust."""

from __future__ import annotations

import re

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, EVE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import ENTER_SHOWN_CODE, PROMPT, code_shown, trusted_browser
from trustweb.models import Challenge

pytestmark = pytest.mark.slow


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def owner(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    device = trusted_browser(kit)
    device.htmx = request.param
    return device


def test_the_code_appears_on_the_trusted_device_and_nowhere_else(kit: Kit, owner: Visitor) -> None:
    sent = len(kit.messages(MOBILE))
    other = enter_password(kit)
    assert ENTER_SHOWN_CODE in other.text

    assert PROMPT in owner.get("/prompts").text
    assert "Chrome, Linux · 127.0.0.1" in owner.text
    assert code_shown(owner) == ""
    owner.submit("Allow")

    assert other.submit("Continue", verification_code=code_shown(owner)).path == "/security"
    assert len(kit.messages(MOBILE)) == sent


def test_a_code_that_nobody_allowed_is_no_code(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit)
    owner.get("/prompts").submit("Allow")
    code = code_shown(owner)
    with kit.core.database.writing() as work:
        work.db.query(Challenge).filter(Challenge.method == "device").one().factor_id = None

    assert "That is not the code." in other.submit("Continue", verification_code=code).text


def test_what_is_not_allowed_ends_and_is_told(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit)

    owner.get("/prompts").submit("Don’t Allow")
    assert "Whoever it was knows the password" in owner.text

    assert other.get("/sign-in/code").path == "/sign-in"
    assert "This sign-in was not allowed on one of your trusted devices." in other.text


def test_of_two_devices_one_answers(kit: Kit, owner: Visitor) -> None:
    second = enter_password(kit)
    owner.get("/prompts").submit("Allow")
    second.submit("Continue", verification_code=code_shown(owner)).submit("Trust")
    enter_password(kit)
    second.get("/prompts")

    owner.get("/prompts").submit("Allow")

    assert "That sign-in is over." in second.submit("Allow").text
    assert PROMPT not in second.get("/prompts").text


def test_no_device_shows_a_code_that_was_asked_for_in_itself(kit: Kit, owner: Visitor) -> None:
    kit.clock.forward(minutes=11)
    owner.get("/security/password")
    assert owner.path == "/verify"

    assert "Show it on my trusted devices" not in owner.text
    assert "about to be changed" not in owner.get("/prompts").text


def test_a_trusted_browser_is_not_asked_for_a_code_but_for_a_proof(kit: Kit, owner: Visitor) -> None:
    owner.get("/security").submit("Sign out")
    owner.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert owner.path == "/security"
    assert "Trust this browser?" not in owner.text

    assert owner.get("/security/password").path == "/verify"


def test_the_cookie_alone_opens_the_prompts_and_nothing_else(kit: Kit, owner: Visitor) -> None:
    owner.get("/security").submit("Sign out")
    enter_password(kit)

    assert PROMPT in owner.get("/prompts").text
    assert owner.get("/security").path == "/sign-in"
    assert owner.get("/sign-in/code").path == "/sign-in"


def with_cookie(kit: Kit, value: str | None) -> Visitor:
    """A browser that presents this value as its trust, and types the right password."""
    visitor = kit.visitor().get("/sign-in")
    visitor._wire.client.set_cookie("trustweb-devices", value or "", domain="localhost")  # type: ignore[union-attr]
    return visitor.submit("Sign In", account=ALICE, password=PASSWORD)


def test_a_lost_answer_alarms_nobody(kit: Kit, owner: Visitor) -> None:
    before = owner.get("/security").submit("Sign out").cookie("trustweb-devices")
    owner.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    again = with_cookie(kit, before)
    assert again.path == "/security"
    assert again.cookie("trustweb-devices") == owner.cookie("trustweb-devices") != before


def test_an_old_value_is_worth_nothing_once_the_newest_was_presented(kit: Kit, owner: Visitor) -> None:
    before = owner.get("/security").submit("Sign out").cookie("trustweb-devices")
    for _ in range(2):
        owner.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
        owner.submit("Sign out")

    assert with_cookie(kit, before).path == "/sign-in/code"


def test_another_accounts_cookie_is_worth_nothing(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    owner.get("/security").submit("Sign out")

    owner.get("/sign-in").submit("Sign In", account=EVE, password=PASSWORD)
    assert owner.path == "/sign-in/code"
    enter_password(kit, EVE)
    assert PROMPT not in owner.get("/prompts").text


def test_two_accounts_in_one_browser_stay_apart(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    owner.get("/security").submit("Sign out").get("/sign-in")
    owner.submit("Sign In", account=EVE, password=PASSWORD)
    owner.submit("Continue", verification_code=kit.code(OTHER_MOBILE)).submit("Trust").submit("Sign out")

    for name in (ALICE, EVE):
        owner.get("/sign-in").submit("Sign In", account=name, password=PASSWORD)
        assert owner.path == "/security", name
        assert name in owner.text
        owner.submit("Sign out")


def test_a_removed_device_is_out_at_once(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit)
    owner.get("/prompts").submit("Allow")
    other.submit("Continue", verification_code=code_shown(owner)).submit("Trust")
    device = re.findall(r"/security/devices/([\w-]+)/remove", owner.get("/security/devices").body)[-1]

    owner.get(f"/security/devices/{device}/remove").submit("Remove")
    assert "The device is removed." in owner.text

    assert other.get("/security").path == "/sign-in"
    assert other.get("/prompts").path == "/sign-in"
    other.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert other.path == "/sign-in/code"


def test_another_accounts_device_is_as_unknown_as_a_random_one(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    eve = kit.visitor().get("/sign-in").submit("Sign In", account=EVE, password=PASSWORD)
    eve.submit("Continue", verification_code=kit.code(OTHER_MOBILE)).submit("Trust")
    theirs = re.search(r"/security/devices/([\w-]+)/remove", eve.get("/security/devices").body)

    assert theirs
    for act in ("remove", "change"):
        assert owner.get(f"/security/devices/{theirs[1]}/{act}").status == 404


def test_a_new_password_ends_all_trust(kit: Kit, owner: Visitor) -> None:
    new = "staple battery horse"
    owner.get("/security/password").submit("Change password", current_password=PASSWORD, new_password=new)

    owner.get("/security").submit("Sign out")
    owner.get("/sign-in").submit("Sign In", account=ALICE, password=new)
    assert owner.path == "/sign-in/code"


def test_a_new_number_makes_other_browsers_ask_for_a_code_once_more(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit)
    owner.get("/prompts").submit("Allow")
    other.submit("Continue", verification_code=code_shown(owner)).submit("Trust").submit("Sign out")
    owner.get("/security/numbers/add").submit("Continue", country="GB", phone_number="07400 123457", verify_with="text")
    owner.submit("verify", code=kit.code("+447400123457"))

    other.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert other.path == "/sign-in/code"
    assert other.tab().get("/prompts").path == "/sign-in/code"
    owner.get("/prompts").submit("Allow")
    other.submit("Continue", verification_code=code_shown(owner)).submit("Sign out")
    assert other.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD).path == "/security"


def test_trust_ends_after_thirty_days_without_use(kit: Kit, owner: Visitor) -> None:
    owner.get("/security").submit("Sign out")
    kit.clock.forward(days=30)

    owner.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert owner.path == "/sign-in/code"


def test_at_most_three_prompts_in_ten_minutes(kit: Kit, owner: Visitor) -> None:
    people = [enter_password(kit) for _ in range(20)]

    assert sum(ENTER_SHOWN_CODE in each.text for each in people) == 3
    assert owner.get("/prompts").text.count(PROMPT) == 3
    assert "Your trusted devices were asked too often to be asked now." in people[-1].text


def test_the_phone_is_still_there_when_no_device_is_at_hand(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit).submit("Text me at +44 •••• ••••56")

    assert other.submit("Continue", verification_code=kit.code()).path == "/security"
    assert PROMPT not in owner.get("/prompts").text
