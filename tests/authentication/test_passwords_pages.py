"""Changing the password on the page, rehashing, and ``trustweb account``."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update

from tests.support.accounts import account_command
from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from trustweb.models import Account

NEW = "staple battery horse"


def test_a_new_password_ends_every_other_session(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    elsewhere, half = kit.signed_in(), enter_password(kit)
    visitor = kit.signed_in()

    visitor.submit("Change password").submit("Change password", current_password=PASSWORD, new_password=NEW)

    assert "Your new password counts from now on. Other browsers are signed out." in visitor.text
    assert visitor.get("/security").path == "/security"
    assert elsewhere.get("/security").path == "/sign-in"
    assert half.get("/sign-in/code").path == "/sign-in"


def test_only_the_new_password_signs_in(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    kit.signed_in().submit("Change password").submit("Change password", current_password=PASSWORD, new_password=NEW)

    assert enter_password(kit).status == 422
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=NEW)

    assert visitor.path == "/sign-in/code"


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [
        ("not the password", NEW, "Your current password is not right."),
        (PASSWORD, "password", "Many people use this password"),
        (PASSWORD, "alice1234", "This password is made of your name"),
        (PASSWORD, "short", "A password has at least 8 characters."),
    ],
)
def test_a_change_is_refused_with_a_reason(current: str, new: str, words: str, kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().submit("Change password")

    visitor.submit("Change password", current_password=current, new_password=new)

    assert visitor.status == 422
    assert words in visitor.text
    assert enter_password(kit).path == "/sign-in/code"


def test_a_new_password_needs_a_fresh_proof(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().submit("Change password")
    kit.clock.forward(minutes=11)

    visitor.submit("Change password", current_password=PASSWORD, new_password=NEW)
    assert visitor.path == "/verify"
    visitor.submit("Text me at +44 •••• ••••56").submit("/verify", verification_code=kit.code())

    assert visitor.path == "/security/password"
    assert enter_password(kit).path == "/sign-in/code"


def stored(kit: Kit) -> str:
    with kit.core.database.reading() as work:
        return work.db.scalars(select(Account.password_hash)).one()


def test_passwords_are_kept_as_argon2id(kit: Kit) -> None:
    kit.account()

    assert stored(kit).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in kit.database_text()


def test_a_hash_is_made_anew_when_the_settings_rise(kit: Kit, make_kit) -> None:
    raised = make_kit(TRUSTWEB_ARGON2_TIME="3")
    raised.account()
    old = kit.core.hasher.hash(PASSWORD)
    with raised.core.database.writing() as work:
        work.db.execute(update(Account).values(password_hash=old))

    raised.signed_in()

    assert "m=19456,t=3,p=1" in stored(raised)
    assert raised.signed_in().path == "/security/two-factor"


def test_the_command_line_invites(kit_now: Kit) -> None:
    link = account_command(kit_now, "invite", BOB).output.strip()
    assert link.startswith("http://localhost:8000/invitation/")

    visitor = kit_now.visitor().get(link).submit("Continue", password=PASSWORD)

    assert visitor.path == "/security/two-factor"
    assert BOB in visitor.text


def test_the_command_line_invites_nobody_without_an_address(kit_now: Kit) -> None:
    result = account_command(kit_now, "invite", "bob")

    assert result.exit_code == 1
    assert result.output == "Error: bob is not an e-mail address.\n"


def test_the_command_line_lists_accounts(kit_now: Kit) -> None:
    kit_now.account(numbers=(MOBILE,))
    account_command(kit_now, "disable", ALICE)
    kit_now.account(BOB)

    both = {"signs_in": True, "role": "person", "deletes_at": None}
    assert json.loads(account_command(kit_now, "list", "--json").output) == [
        {"number": 1, "name": ALICE, "two_factor": True, "disabled": True} | both,
        {"number": 2, "name": BOB, "two_factor": False, "disabled": False} | both,
    ]
    assert "two-factor, disabled" in account_command(kit_now, "list").output


def test_a_disabled_account_is_out_at_once(kit_now: Kit) -> None:
    kit_now.account(numbers=(MOBILE,))
    visitor = kit_now.signed_in()

    assert account_command(kit_now, "disable", "Alice@Example.com").exit_code == 0
    assert visitor.tab().get("/security").path == "/sign-in"
    assert enter_password(kit_now).status == 422
    account_command(kit_now, "disable", ALICE, "--undo")

    assert enter_password(kit_now).path == "/sign-in/code"


def test_an_undone_disabling_wakes_no_session(kit_now: Kit) -> None:
    kit_now.account(numbers=(MOBILE,))
    visitor = kit_now.signed_in()

    account_command(kit_now, "disable", ALICE)
    account_command(kit_now, "disable", ALICE, "--undo")

    assert visitor.get("/security").path == "/sign-in"


def test_the_command_line_sets_a_password_and_ends_the_sessions(kit_now: Kit) -> None:
    kit_now.account(numbers=(MOBILE,))
    visitor = kit_now.signed_in()

    assert account_command(kit_now, "password", ALICE, typed=f"{NEW}\n").exit_code == 0

    assert visitor.get("/security").path == "/sign-in"
    assert enter_password(kit_now).status == 422
    assert kit_now.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=NEW).path == "/sign-in/code"


@pytest.mark.parametrize(("name", "new"), [(ALICE, "password"), (ALICE, "short"), ("nobody@example.com", NEW)])
def test_the_command_line_refuses_in_one_sentence(name: str, new: str, kit_now: Kit) -> None:
    kit_now.account()
    before = stored(kit_now)

    result = account_command(kit_now, "password", name, typed=f"{new}\n")

    assert result.exit_code == 1
    assert result.output.startswith(("Error: This password is refused", "Error: There is no account"))
    assert stored(kit_now) == before


def test_a_lost_set_up_link_is_replaced(kit_now: Kit) -> None:
    lost = account_command(kit_now, "set-up-link").output.strip()
    link = account_command(kit_now, "set-up-link").output.strip()

    assert kit_now.visitor().get(lost).status == 404
    visitor = kit_now.visitor().get(link).submit("Continue", account=ALICE, password=PASSWORD)

    assert visitor.path == "/security/two-factor"
    assert "There is an account already" in account_command(kit_now, "set-up-link").output
