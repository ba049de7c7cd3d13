"""``trustweb account rename``: the operator gives an account another address."""

from __future__ import annotations

import json

from tests.support.accounts import account_command
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import mails, proved
from trustweb.models import Account

NEW = "alice@example.org"


def signs_in(kit: Kit, who: str) -> bool:
    return kit.visitor().get("/sign-in").submit("Sign In", account=who, password=PASSWORD).path != "/sign-in"


def test_the_new_address_signs_in_and_the_old_one_does_not(kit_now: Kit) -> None:
    kit_now.account()

    assert account_command(kit_now, "rename", ALICE, NEW).exit_code == 0

    assert (signs_in(kit_now, ALICE), signs_in(kit_now, NEW)) == (False, True)


def test_the_new_address_is_not_confirmed_and_the_old_one_is_told(kit_now: Kit) -> None:
    proved(kit_now, account := kit_now.account(numbers=(MOBILE,)))

    account_command(kit_now, "rename", ALICE, NEW)
    kit_now.clock.forward(minutes=11)

    assert f"{NEW} is not confirmed" in kit_now.signed_in(NEW).get("/account").text
    assert "The e-mail address was changed. It is now alice@example.org" in mails(kit_now, ALICE)[-1].text
    assert entries(kit_now, account)[-2].details == {"label": NEW, "before": ALICE}


def test_an_account_is_found_by_its_number_too(kit_now: Kit) -> None:
    account: Account = kit_now.account()
    (listed,) = json.loads(account_command(kit_now, "list", "--json").output)
    assert listed["number"] == account.id

    assert account_command(kit_now, "rename", str(account.id), NEW).exit_code == 0
    assert signs_in(kit_now, NEW)


def test_an_address_that_somebody_has_is_not_given_away(kit_now: Kit) -> None:
    kit_now.account(), kit_now.account(BOB)

    refused = account_command(kit_now, "rename", ALICE, "Bob@Example.com")

    assert (refused.exit_code, refused.output) == (1, "Error: Another account has the address Bob@Example.com.\n")
    assert signs_in(kit_now, ALICE)


def test_what_is_no_address_and_who_is_nobody_are_refused(kit_now: Kit) -> None:
    kit_now.account()

    for said in (account_command(kit_now, "rename", ALICE, "alice"), account_command(kit_now, "rename", "9" * 30, NEW)):
        assert said.exit_code == 1
        assert said.output.startswith("Error: ")
        assert len(said.output.splitlines()) == 1
