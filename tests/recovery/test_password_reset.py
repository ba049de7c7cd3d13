"""A forgotten password and the link to the mailbox: what it opens, and when it has expired."""

from __future__ import annotations

import pytest

from tests.support.journal_kit import entries
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import mails, proved
from tests.support.notices import LINK_SPENT
from tests.support.password_reset import (
    NEW_PASSWORD,
    NEW_PASSWORD_COUNTS,
    SEND_LINK,
    forgot_password,
    reset_link,
    set_new_password,
)
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import trusted_browser
from trustweb.models import Account


@pytest.fixture
def alice(kit: Kit) -> Account:
    """Somebody with a phone and a mailbox."""
    account = kit.account(numbers=(MOBILE,))
    proved(kit, account)
    kit.clock.forward(minutes=11)
    return account


def test_a_link_in_the_mailbox_sets_a_new_password_and_signs_nobody_in(kit: Kit, alice: Account) -> None:
    visitor = set_new_password(kit, reset_link(kit))

    assert visitor.path == "/sign-in"
    assert NEW_PASSWORD_COUNTS in visitor.text
    assert visitor.get("/security").path == "/sign-in"
    assert enter_password(kit, password=NEW_PASSWORD).path == "/sign-in/code"
    assert enter_password(kit).path == "/sign-in"


def test_it_sends_no_code_and_asks_no_device(kit: Kit, alice: Account) -> None:
    trusted_browser(kit)
    before = [each for each in kit.messages(MOBILE) if each.kind != "notice"]
    set_new_password(kit, reset_link(kit))

    assert [each for each in kit.messages(MOBILE) if each.kind != "notice"] == before


def test_it_ends_sessions_and_trust(kit: Kit, alice: Account) -> None:
    device = trusted_browser(kit)
    set_new_password(kit, reset_link(kit))

    assert device.get("/security").path == "/sign-in"
    assert device.submit("Sign In", account=ALICE, password=NEW_PASSWORD).path == "/sign-in/code"


def test_all_channels_are_told(kit: Kit, alice: Account) -> None:
    set_new_password(kit, reset_link(kit))

    for place in (MOBILE, ALICE):
        assert (
            sum("A new password was set in place of the forgotten one." in each.text for each in mails(kit, place)) == 1
        )
    assert entries(kit, alice)[-1].event == "password_reset"


def test_such_a_password_and_the_mailbox_are_one_proof(kit: Kit, alice: Account) -> None:
    set_new_password(kit, reset_link(kit))

    assert "two different proofs are needed" in enter_password(kit, password=NEW_PASSWORD).get("/sign-in/recovery").text


def test_a_scanner_that_opens_the_link_changes_nothing(kit: Kit, alice: Account) -> None:
    path = reset_link(kit)
    before = kit.database_text()
    for _ in range(3):
        assert ALICE in kit.visitor().get(path).text

    assert kit.database_text() == before


def test_it_works_once_also_for_who_goes_back(kit: Kit, alice: Account) -> None:
    visitor = kit.visitor().get(reset_link(kit))
    before = visitor.tab()
    visitor.submit("Set the password", new_password=NEW_PASSWORD)

    assert LINK_SPENT in before.submit("Set the password", new_password=PASSWORD).text
    assert LINK_SPENT in before.get(before.path).text
    assert enter_password(kit, password=NEW_PASSWORD).path == "/sign-in/code"


def test_after_an_hour_it_is_too_old(kit: Kit, alice: Account) -> None:
    path = reset_link(kit)
    kit.clock.forward(minutes=59)
    assert kit.visitor().get(path).status == 200
    kit.clock.forward(minutes=1)

    assert kit.visitor().get(path).status == 404


def test_an_older_link_is_dead_after_a_change(kit: Kit, alice: Account) -> None:
    older = reset_link(kit)
    kit.clock.forward(minutes=1)
    set_new_password(kit, reset_link(kit))

    assert kit.visitor().get(older).status == 404


def test_this_was_not_me_ends_it(kit: Kit, alice: Account) -> None:
    set_new_password(kit, reset_link(kit))
    path = reset_link(kit)
    stop = kit.messages(MOBILE)[-1].text.split()[-1].removeprefix("http://localhost:8000")
    kit.visitor().get(stop).submit("This wasn’t me: stop it")

    assert kit.visitor().get(path).status == 404


@pytest.mark.parametrize("new", ["short", "password", "alice@example.com"])
def test_a_bad_password_is_refused_and_the_link_stays_good(kit: Kit, alice: Account, new: str) -> None:
    visitor = set_new_password(kit, reset_link(kit), new)
    assert visitor.status == 422

    assert visitor.submit("Set the password", new_password=NEW_PASSWORD).path == "/sign-in"


def test_with_two_factor_off_the_new_password_is_enough(kit: Kit, alice: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"two_factor_since": None})
    set_new_password(kit, reset_link(kit))

    assert enter_password(kit, password=NEW_PASSWORD).path != "/sign-in/code"


def test_a_link_for_something_else_resets_nothing(kit: Kit, alice: Account) -> None:
    path = reset_link(kit)

    for place in ("address", "recover", "invitation"):
        assert kit.visitor().get(path.replace("reset", place)).status == 404


def test_an_account_that_was_disabled_meanwhile_is_not_reset(kit: Kit, alice: Account) -> None:
    visitor = kit.visitor().get(reset_link(kit))
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"disabled_at": work.now})

    assert visitor.submit("Set the password", new_password=NEW_PASSWORD).status == 404


def test_a_host_that_somebody_made_up_gets_no_link(kit: Kit, alice: Account) -> None:
    visitor = forgot_password(kit)
    visitor.headers["Host"] = "evil.example"

    assert visitor.submit(SEND_LINK).status == 421
    assert "/reset/" not in "".join(each.text for each in mails(kit, ALICE))
    assert reset_link(kit).startswith("/reset/")
