"""``trustweb account rename``: the operator gives an account another address."""

from __future__ import annotations

import json

from tests.authentication.test_passwords_pages import site, trustweb  # noqa: F401
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import mails, proved
from trustweb.models import Account

NEW = "alice@example.org"


def signs_in(kit: Kit, who: str) -> bool:
    return kit.visitor().get("/sign-in").submit("Sign In", account=who, password=PASSWORD).path != "/sign-in"


def test_the_new_address_signs_in_and_the_old_one_does_not(site: Kit) -> None:  # noqa: F811
    site.account()

    assert trustweb(site, "rename", ALICE, NEW).exit_code == 0

    assert (signs_in(site, ALICE), signs_in(site, NEW)) == (False, True)


def test_the_new_address_is_not_confirmed_and_the_old_one_is_told(site: Kit) -> None:  # noqa: F811
    proved(site, account := site.account(numbers=(MOBILE,)))

    trustweb(site, "rename", ALICE, NEW)
    site.clock.forward(minutes=11)

    assert f"{NEW} is not confirmed" in site.signed_in(NEW).get("/account").text
    assert "The e-mail address was changed. It is now alice@example.org" in mails(site, ALICE)[-1].text
    assert entries(site, account)[-2].details == {"label": NEW, "before": ALICE}


def test_an_account_is_found_by_its_number_too(site: Kit) -> None:  # noqa: F811
    account: Account = site.account()
    (listed,) = json.loads(trustweb(site, "list", "--json").output)
    assert listed["number"] == account.id

    assert trustweb(site, "rename", str(account.id), NEW).exit_code == 0
    assert signs_in(site, NEW)


def test_an_address_that_somebody_has_is_not_given_away(site: Kit) -> None:  # noqa: F811
    site.account(), site.account(BOB)

    refused = trustweb(site, "rename", ALICE, "Bob@Example.com")

    assert (refused.exit_code, refused.output) == (1, "Error: Another account has the address Bob@Example.com.\n")
    assert signs_in(site, ALICE)


def test_what_is_no_address_and_who_is_nobody_are_refused(site: Kit) -> None:  # noqa: F811
    site.account()

    for said in (trustweb(site, "rename", ALICE, "alice"), trustweb(site, "rename", "9" * 30, NEW)):
        assert said.exit_code == 1
        assert said.output.startswith("Error: ")
        assert len(said.output.splitlines()) == 1
