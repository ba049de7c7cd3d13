"""Deleting the account on the page: what it says, who may do it, and how it is cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.accounts import account_command, make_german
from tests.support.csrf import with_token
from tests.support.deletion import leaving, plan_deletion_on_page
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.step_up import prove_by_text
from trustweb import accounts, invitations
from trustweb.models import Account

PLANNED = "Your account will be deleted on March 15, 2026 at 9:00 AM."


def says(visitor: Visitor, words: str) -> bool:
    return words in visitor.text.replace("\u202f", " ")


@pytest.fixture
def alice(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in()


def test_the_page_says_what_is_lost_and_when(alice: Visitor) -> None:
    alice.get("/account").submit("Delete my account")

    assert "Nobody can bring it back." in alice.text
    assert says(alice, "It happens in 72 hours, on March 15, 2026 at 9:00 AM.")
    assert alice.tab().follow("Download your data first").path == "/account/data"
    assert alice.submit("Cancel").path == "/account"


def test_looking_at_it_plans_nothing(kit: Kit, alice: Visitor) -> None:
    alice.get("/account/delete")

    assert leaving(kit) == {ALICE: False}


def test_every_page_in_every_browser_says_it_until_then(kit: Kit, alice: Visitor) -> None:
    elsewhere = kit.signed_in()
    plan_deletion_on_page(alice)

    assert alice.path == "/account"
    for path in ("/account", "/security", "/security/numbers", "/security/password", "/account/data", "/nothing"):
        for visitor in (alice, elsewhere):
            assert says(visitor.get(path), PLANNED), path
            assert "Keep my account" in visitor.buttons
    assert not says(kit.visitor().get("/sign-in"), "will be deleted")


def test_the_account_goes_on_working(kit: Kit, alice: Visitor) -> None:
    plan_deletion_on_page(alice)
    kit.clock.forward(hours=71)

    assert says(kit.signed_in(), PLANNED)


def test_one_click_in_any_browser_keeps_it(kit: Kit, alice: Visitor) -> None:
    elsewhere = kit.signed_in()
    plan_deletion_on_page(alice)
    kit.clock.forward(minutes=30)  # too long for a change, and keeping is none

    elsewhere.get("/security").submit("Keep my account")

    assert "Your account stays." in elsewhere.text
    assert not says(alice.get("/security"), "will be deleted")
    assert leaving(kit) == {ALICE: False}


def test_a_keep_button_of_yesterday_is_pressed_again(kit: Kit, alice: Visitor) -> None:
    plan_deletion_on_page(alice)

    with_token(alice, "stale").submit("Keep my account")
    assert says(alice.get("/account?said=again"), "please press the button again")
    alice.submit("Keep my account")

    assert leaving(kit) == {ALICE: False}


def test_two_clicks_and_two_tabs_plan_it_once(kit: Kit, alice: Visitor) -> None:
    tabs = [alice.tab().get("/account/delete") for _ in range(2)]
    tabs[0].submit("Delete My Account")
    kit.clock.forward(minutes=5)

    tabs[1].submit("Delete My Account")

    assert says(tabs[1], PLANNED)
    assert tabs[1].get("/account/delete").path == "/account"


def test_it_needs_a_fresh_proof(kit: Kit, alice: Visitor) -> None:
    kit.clock.forward(minutes=11)
    alice.get("/account/delete")
    assert alice.path == "/verify"

    prove_by_text(kit, alice)

    assert alice.path == "/account/delete"
    assert leaving(kit) == {ALICE: False}


def test_a_proof_that_was_given_for_a_button_pressed_before_deletes_nothing(kit: Kit, alice: Visitor) -> None:
    alice.get("/account/delete")
    kit.clock.forward(minutes=11)
    alice.submit("Delete My Account")
    assert alice.path == "/verify"

    prove_by_text(kit, alice)

    assert alice.path == "/account/delete"
    assert leaving(kit) == {ALICE: False}
    assert says(alice.submit("Delete My Account"), "will be deleted on March 15, 2026 at 9:11 AM.")


def test_a_new_number_may_not_plan_it_for_a_day(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,), age=timedelta(hours=1))
    thief = kit.signed_in()

    thief.post("/account/delete")
    assert thief.status == 422
    assert says(thief, "You can do it from March 13, 2026 at 8:00 AM.")
    assert leaving(kit) == {ALICE: False}
    kit.clock.forward(hours=23)
    plan_deletion_on_page(kit.signed_in())

    assert leaving(kit) == {ALICE: True}


def test_nor_may_a_session_of_the_owner_that_a_new_number_proved_again(kit: Kit, alice: Visitor) -> None:
    kit.clock.forward(minutes=1)
    alice.get("/security/numbers/add").submit("Continue", country="DE", phone_number="01512 3456789")
    alice.submit("/security/numbers/code", verification_code=kit.code(OTHER_MOBILE))
    kit.clock.forward(minutes=11)
    alice.get("/account/delete").submit("Text me at +49 •••• •••••89")

    alice.submit("/verify", verification_code=kit.code(OTHER_MOBILE))

    assert says(alice, "This is not possible yet.")
    assert alice.post("/account/delete").status == 422
    assert leaving(kit) == {ALICE: False}


def test_nobody_else_s_account_is_touched(kit: Kit, alice: Visitor) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    bob = kit.signed_in(BOB, number=OTHER_MOBILE)
    plan_deletion_on_page(alice)

    assert not says(bob.get("/security"), "will be deleted")
    bob.post("/account/keep")

    assert leaving(kit) == {ALICE: True, BOB: False}


def gone(kit: Kit, alice: Visitor) -> Visitor:
    plan_deletion_on_page(alice)
    kit.clock.forward(hours=72)
    kit.core.sender.tidy()
    return alice


def test_afterwards_no_cookie_opens_anything(kit: Kit, alice: Visitor) -> None:
    alice.get("/security?trust=ask").submit("Trust")
    gone(kit, alice)

    assert {alice.get(path).path for path in ("/security", "/account", "/account/data")} == {"/sign-in"}
    assert alice.get("/prompts").path == "/sign-in"


def test_afterwards_a_sign_in_is_like_one_to_an_unknown_account(kit: Kit, alice: Visitor) -> None:
    gone(kit, alice)

    answers = [
        kit.visitor().get("/sign-in").submit("Sign In", account=name, password=PASSWORD) for name in (ALICE, BOB)
    ]

    assert [each.status for each in answers] == [422, 422]
    assert len({each.text for each in answers}) == 1


def test_afterwards_the_name_may_be_invited_again(kit: Kit, alice: Visitor) -> None:
    gone(kit, alice)
    with kit.core.database.writing() as work:
        token = invitations.make(work, name=ALICE)

    again = kit.visitor().get(f"/invitation/{token}").submit("Continue", password=PASSWORD)

    assert again.path == "/security/two-factor"
    assert leaving(kit) == {ALICE: False}


def test_the_last_operator_is_told_why_not(kit: Kit, alice: Visitor) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(Account).values(role=accounts.OPERATOR))

    alice.get("/account/delete")

    assert "You are the only one who looks after this site." in alice.text
    assert "Delete My Account" not in alice.buttons
    assert alice.post("/account/delete").status == 422


def test_the_command_line_lists_it(kit: Kit, alice: Visitor) -> None:
    plan_deletion_on_page(alice)

    assert "will be deleted at 2026-03-15T09:00:00+00:00" in account_command(kit, "list").output


def test_germans_are_told_in_german(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(MOBILE,)))
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    visitor.submit("Weiter", bestätigungscode=kit.code()).get("/account/delete").submit("Mein Konto löschen")

    assert "Ihr Konto wird am 15. März 2026 um 09:00 Uhr gelöscht." in visitor.text
    assert "Ihr Konto bleibt bestehen." in visitor.submit("Mein Konto behalten").text
