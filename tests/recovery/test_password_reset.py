"""A forgotten password and a link to the mailbox: what it opens, and when it is dead."""

from __future__ import annotations

import pytest

from tests.factors.test_trusted_devices_pages import trusted
from tests.support.http_client import Visitor
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import link, mails, proved
from trustweb.models import Account

NEW = "staple battery horse"
SEND, KEY, SPENT = "Send a link to my mailbox", "Use my recovery key", "This link is not good any more"
COUNTS = "Your new password counts from now on. Sign in with it."


@pytest.fixture
def alice(kit: Kit) -> Account:
    """Somebody with a phone and a mailbox."""
    account = kit.account(numbers=(MOBILE,))
    proved(kit, account)
    kit.clock.forward(minutes=11)
    return account


def forgetful(kit: Kit, name: str = ALICE, visitor: Visitor | None = None) -> Visitor:
    """Somebody before the ways that everybody gets."""
    visitor = visitor or kit.visitor()
    return visitor.get("/sign-in").follow("Forgot your password?").submit("Continue", account=name)


def asked(kit: Kit) -> str:
    """Where the link leads that came to the mailbox."""
    forgetful(kit).submit(SEND)
    return link(kit, ALICE)


def follow(kit: Kit, path: str, new: str = NEW) -> Visitor:
    return kit.visitor().get(path).submit("Set the password", new_password=new)


def sign_in(kit: Kit, password: str = NEW) -> Visitor:
    return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=password)


def test_a_link_in_the_mailbox_sets_a_new_password_and_signs_nobody_in(kit: Kit, alice: Account) -> None:
    visitor = follow(kit, asked(kit))

    assert visitor.path == "/sign-in"
    assert COUNTS in visitor.text
    assert visitor.get("/security").path == "/sign-in"
    assert sign_in(kit).path == "/sign-in/code"
    assert sign_in(kit, PASSWORD).path == "/sign-in"


def test_it_sends_no_code_and_asks_no_device(kit: Kit, alice: Account) -> None:
    trusted(kit)
    before = [each for each in kit.messages(MOBILE) if each.kind != "notice"]
    follow(kit, asked(kit))

    assert [each for each in kit.messages(MOBILE) if each.kind != "notice"] == before


def test_it_ends_sessions_and_trust(kit: Kit, alice: Account) -> None:
    device = trusted(kit)
    follow(kit, asked(kit))

    assert device.get("/security").path == "/sign-in"
    assert device.submit("Sign In", account=ALICE, password=NEW).path == "/sign-in/code"


def test_all_channels_are_told(kit: Kit, alice: Account) -> None:
    follow(kit, asked(kit))

    for place in (MOBILE, ALICE):
        assert (
            sum("A new password was set in place of the forgotten one." in each.text for each in mails(kit, place)) == 1
        )
    assert entries(kit, alice)[-1].event == "password_reset"


def test_such_a_password_and_the_mailbox_are_one_proof(kit: Kit, alice: Account) -> None:
    follow(kit, asked(kit))

    assert "two different proofs are needed" in sign_in(kit).get("/sign-in/recovery").text


def test_a_scanner_that_opens_the_link_changes_nothing(kit: Kit, alice: Account) -> None:
    path = asked(kit)
    before = kit.database_text()
    for _ in range(3):
        assert ALICE in kit.visitor().get(path).text

    assert kit.database_text() == before


def test_it_works_once_also_for_who_goes_back(kit: Kit, alice: Account) -> None:
    visitor = kit.visitor().get(asked(kit))
    before = visitor.tab()
    visitor.submit("Set the password", new_password=NEW)

    assert SPENT in before.submit("Set the password", new_password=PASSWORD).text
    assert SPENT in before.get(before.path).text
    assert sign_in(kit).path == "/sign-in/code"


def test_after_an_hour_it_is_too_old(kit: Kit, alice: Account) -> None:
    path = asked(kit)
    kit.clock.forward(minutes=59)
    assert kit.visitor().get(path).status == 200
    kit.clock.forward(minutes=1)

    assert kit.visitor().get(path).status == 404


def test_an_older_link_is_dead_after_a_change(kit: Kit, alice: Account) -> None:
    older = asked(kit)
    kit.clock.forward(minutes=1)
    follow(kit, asked(kit))

    assert kit.visitor().get(older).status == 404


def test_this_was_not_me_ends_it(kit: Kit, alice: Account) -> None:
    follow(kit, asked(kit))
    path = asked(kit)
    stop = kit.messages(MOBILE)[-1].text.split()[-1].removeprefix("http://localhost:8000")
    kit.visitor().get(stop).submit("This wasn’t me: stop it")

    assert kit.visitor().get(path).status == 404


@pytest.mark.parametrize("new", ["short", "password", "alice@example.com"])
def test_a_bad_password_is_refused_and_the_link_stays_good(kit: Kit, alice: Account, new: str) -> None:
    visitor = follow(kit, asked(kit), new)
    assert visitor.status == 422

    assert visitor.submit("Set the password", new_password=NEW).path == "/sign-in"


def test_with_two_factor_off_the_new_password_is_enough(kit: Kit, alice: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"two_factor_since": None})
    follow(kit, asked(kit))

    assert sign_in(kit).path != "/sign-in/code"


def test_a_link_for_something_else_resets_nothing(kit: Kit, alice: Account) -> None:
    path = asked(kit)

    for place in ("address", "recover", "invitation"):
        assert kit.visitor().get(path.replace("reset", place)).status == 404


def test_an_account_that_was_disabled_meanwhile_is_not_reset(kit: Kit, alice: Account) -> None:
    visitor = kit.visitor().get(asked(kit))
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"disabled_at": work.now})

    assert visitor.submit("Set the password", new_password=NEW).status == 404


def test_a_host_that_somebody_made_up_gets_no_link(kit: Kit, alice: Account) -> None:
    visitor = forgetful(kit)
    visitor.headers["Host"] = "evil.example"

    assert visitor.submit(SEND).status == 421
    assert "/reset/" not in "".join(each.text for each in mails(kit, ALICE))
    assert asked(kit).startswith("/reset/")
