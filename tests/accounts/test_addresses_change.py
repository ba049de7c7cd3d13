"""Changing the address: a fresh proof, a click in the new mailbox, and a notice to the old one."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, BOB, EVE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.mail_kit import CONFIRMED, SPENT, USE, ask_change, link, mails, proved
from tests.support.notices import not_me_link, say_not_me
from tests.support.trusted_numbers import add_number, verify_number
from trustweb.codes import links
from trustweb.delivery import messages
from trustweb.factors import enrolled
from trustweb.models import Account

NEW = "alice.new@example.com"
PENDING = "It changes to alice.new@example.com as soon as the link in that mailbox is used."


@pytest.fixture
def account(kit: Kit) -> Account:
    account = kit.account(numbers=(MOBILE,))
    proved(kit, account)
    kit.messages(MOBILE)
    kit.clock.forward(minutes=20)
    return account


def name(kit: Kit, account: Account) -> str:
    with kit.core.database.reading() as work:
        return work.db.get_one(Account, account.id).name


def signs_in(kit: Kit, who: str) -> bool:
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=who, password=PASSWORD)
    return visitor.path != "/sign-in"


def change(kit: Kit) -> Visitor:
    ask_change(kit.signed_in(), NEW)
    return kit.visitor().get(link(kit, NEW)).submit(USE)


def test_the_click_in_the_new_mailbox_changes_it(kit: Kit, account: Account) -> None:
    assert PENDING in ask_change(kit.signed_in(), NEW).text
    assert name(kit, account) == ALICE

    assert CONFIRMED in kit.visitor().get(link(kit, NEW)).submit(USE).text
    assert (signs_in(kit, ALICE), signs_in(kit, NEW)) == (False, True)


def test_looking_at_the_link_changes_nothing(kit: Kit, account: Account) -> None:
    ask_change(kit.signed_in(), NEW)

    for _ in range(3):
        kit.visitor().get(link(kit, NEW))

    assert name(kit, account) == ALICE


def test_it_needs_a_fresh_proof_and_then_goes_on(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in().get("/account/address")
    kit.clock.forward(minutes=11)
    visitor.submit("Send a link", new_e_mail_address=NEW)
    assert visitor.path == "/verify"

    visitor.submit("Text me at +44 •••• ••••56").submit("/verify", code=kit.code())
    assert PENDING in visitor.text
    assert len(mails(kit, NEW)) == 1


def test_the_new_address_is_proved_and_the_old_one_is_not(kit: Kit, account: Account) -> None:
    change(kit)

    with kit.core.database.reading() as work:
        found = enrolled.of(work, account.id).address
    assert found
    assert found.added_at == kit.clock.now
    assert entries(kit, account)[-1].details == {"label": NEW, "before": ALICE}


def test_the_old_address_is_told_at_once_with_a_link_that_stops(kit: Kit, account: Account) -> None:
    change(kit)
    assert "- Somebody asked for another e-mail address. (" in mails(kit, ALICE)[-1].text
    kit.clock.forward(minutes=11)

    assert f"- The e-mail address was changed. It is now {NEW}. (" in mails(kit, ALICE)[-1].text
    assert "/not-me/" in mails(kit, ALICE)[-1].text
    assert "The e-mail address was changed." in kit.messages(MOBILE)[-1].text
    assert len(mails(kit, NEW)) == 1


def test_the_old_address_hears_of_what_follows_for_72_hours(kit: Kit, account: Account) -> None:
    change(kit)
    kit.clock.forward(hours=71)
    kit.signed_in(NEW).get("/security/devices").submit("Trust this browser")
    assert "A browser was trusted." in mails(kit, ALICE)[-1].text

    before = len(mails(kit, ALICE))
    kit.clock.forward(hours=1, minutes=1)
    kit.signed_in(NEW).get("/security/devices").submit("Trust this browser")
    assert len(mails(kit, ALICE)) == before


def test_the_old_mailbox_throws_a_thief_out(kit: Kit, account: Account) -> None:
    thief = kit.signed_in()
    change(kit)

    stopped = kit.visitor().get(not_me_link(kit, ALICE)).submit("This wasn’t me: stop it")

    assert "Everybody is signed out" in stopped.text
    assert thief.get("/security").path == "/sign-in"
    assert entries(kit, account)[-1].details == {"label": ALICE}


def test_the_new_mailbox_of_a_thief_stops_nobody(kit: Kit, account: Account) -> None:
    change(kit)
    kit.clock.forward(minutes=20)
    kit.signed_in(NEW).get("/security/devices").submit("Trust this browser")

    assert "A browser was trusted." in mails(kit, NEW)[-1].text
    assert "/not-me/" not in mails(kit, NEW)[-1].text


def test_a_freeze_ends_a_change_that_waits_and_allows_no_other(kit: Kit, account: Account) -> None:
    ask_change(kit.signed_in(), NEW)
    path = link(kit, NEW)
    kit.clock.forward(minutes=11)
    say_not_me(kit, account)

    assert SPENT in kit.visitor().get(path).text
    assert "Somebody said that a change to your account was not theirs." in kit.signed_in().get("/account/address").text
    assert ask_change(kit.signed_in(), EVE).status == 422


def test_a_number_of_today_does_not_change_it(kit: Kit, account: Account) -> None:
    verify_number(add_number(kit.signed_in()), kit.code(OTHER_MOBILE))
    kit.clock.forward(minutes=11)

    thief = kit.signed_in(number=OTHER_MOBILE).get("/account/address")

    assert "What you signed in with is too new for this." in thief.text


def test_a_taken_address_looks_like_any_other(kit: Kit, account: Account) -> None:
    kit.account(BOB)

    free, taken = ask_change(kit.signed_in(), NEW), ask_change(kit.signed_in(), BOB)

    assert taken.text == free.text.replace(NEW, BOB)
    assert "You have an account with it, so nothing was changed." in mails(kit, BOB)[-1].text
    assert "http" not in mails(kit, BOB)[-1].text
    assert mails(kit, NEW)[-1].subject == "Confirm your new e-mail address for Trustweb"


def test_the_link_that_a_taken_address_did_not_get_would_open_nothing(kit: Kit, account: Account) -> None:
    kit.account(BOB)
    ask_change(kit.signed_in(), BOB)
    with kit.core.database.reading() as work:
        pending = links.pending_change(work, account.id)
    assert pending

    assert SPENT in kit.visitor().get(f"/address/{messages.link_word(kit.core.keys, pending)}").text


def test_an_account_made_meanwhile_keeps_its_address(kit: Kit, account: Account) -> None:
    ask_change(kit.signed_in(), NEW)
    kit.account(NEW)

    assert SPENT in kit.visitor().get(link(kit, NEW)).submit(USE).text
    assert name(kit, account) == ALICE


def test_a_second_wish_takes_the_place_of_the_first(kit: Kit, account: Account) -> None:
    visitor = ask_change(kit.signed_in(), NEW)
    first = link(kit, NEW)
    ask_change(visitor, EVE)

    assert SPENT in kit.visitor().get(first).text
    assert "It changes to eve@example.com" in visitor.get("/account").text


def test_after_a_change_no_older_link_works(kit: Kit, account: Account) -> None:
    change(kit)

    assert SPENT in kit.visitor().get(link(kit, NEW)).text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("Alice@Example.COM", "You sign in with this address already."),
        ("alice", "is your e-mail address"),
        ("a@b.example\r\nBcc: eve@example.com", "is your e-mail address"),
        ("Alice <alice@example.com>, eve@example.com", "is your e-mail address"),
    ],
)
def test_what_is_no_new_address_is_refused(kit: Kit, account: Account, typed: str, answer: str) -> None:
    visitor = ask_change(kit.signed_in(), typed)

    assert visitor.status == 422
    assert answer in visitor.text
    assert kit.mails.messages == []


def test_many_accounts_do_not_fill_one_mailbox(kit: Kit, account: Account) -> None:
    for at in range(4):
        kit.account(f"mallory{at}@example.com")
        answer = ask_change(kit.signed_in(f"mallory{at}@example.com"), EVE)
        kit.clock.forward(minutes=1)

    assert answer.status == 429
    assert len(mails(kit, EVE)) == 3
