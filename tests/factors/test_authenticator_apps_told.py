"""Changes of authenticator apps in the journal and in notices, and three days in which to put one back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.apps import ENTER, add, give
from tests.support.chance import without_links
from tests.support.http_client import Visitor
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, EVE, MOBILE, PASSWORD, Kit
from trustweb.factors import authenticator_apps
from trustweb.models import Account


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def owner(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=request.param)


def account_of(kit: Kit) -> Account:
    with kit.core.database.reading() as work:
        return work.db.query(Account).one()


def journal_of(kit: Kit) -> list[tuple[str, dict]]:
    every = [(each.event, each.details) for each in entries(kit, account_of(kit))]
    return [(event, details) for event, details in every if "app" in (event[:3], details.get("method"))]


def test_each_change_is_in_the_journal(kit: Kit, owner: Visitor) -> None:
    add(kit, owner, "Pocket")
    owner.submit("Change Pocket").submit("Save", label="Tablet")
    owner.submit("Change Tablet").submit("Save", label="Tablet")
    owner.submit("Remove Tablet").submit("Remove")
    owner.submit("Put back Tablet")

    assert journal_of(kit) == [
        ("app_added", {"label": "Pocket"}),
        ("app_renamed", {"before": "Pocket", "label": "Tablet"}),
        ("app_removed", {"label": "Tablet"}),
        ("app_restored", {"label": "Tablet"}),
    ]
    for words in ("Authenticator app added", "Authenticator app renamed", "before: Pocket", "put back"):
        assert words in owner.get("/security/activity").text


def test_a_sign_in_says_that_it_was_an_app(kit: Kit, owner: Visitor) -> None:
    app = give(kit, account_of(kit), "Pocket")
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    visitor.submit("Continue", verification_code=app.at(kit.clock.now))

    assert journal_of(kit) == [("signed_in", {"label": "Pocket", "method": "app"})]
    assert "code of an authenticator app" in visitor.get("/security/activity").text


def test_the_numbers_are_told_without_the_label(kit: Kit, owner: Visitor) -> None:
    add(kit, owner, "Call +44 900 now")
    owner.submit("Remove Call +44 900 now").submit("Remove")

    text = kit.messages(MOBILE)[-1].text
    assert "An authenticator app was added." in text
    assert "An authenticator app was removed." in text
    assert "900" not in without_links(text)


def test_a_removed_app_is_put_back_and_signs_in_again(kit: Kit, owner: Visitor) -> None:
    app = give(kit, account_of(kit), "Pocket")
    owner.get("/security/apps").submit("Remove Pocket").submit("Remove")

    owner.submit("Put back Pocket")

    assert "The app is back in your list." in owner.text
    other = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert ENTER in other.text
    assert other.submit("Continue", verification_code=app.at(kit.clock.now)).path == "/security"


def test_what_was_done_is_under_recent_activity_once_one_is_done(kit: Kit, owner: Visitor) -> None:
    add(kit, owner, "Pocket")

    owner.submit("Done with authenticator apps").submit("Show recent activity")

    assert "Authenticator app added" in owner.text


def test_after_three_days_it_is_gone(kit: Kit, owner: Visitor) -> None:
    give(kit, account_of(kit), "Pocket")
    owner.get("/security/apps").submit("Remove Pocket").submit("Remove")
    kit.clock.forward(days=3)

    owner = kit.signed_in().get("/security/apps")

    assert "Pocket" not in owner.text
    with kit.core.database.reading() as work:
        assert authenticator_apps.restorable(work, account_of(kit).id) == []


def test_what_is_younger_than_the_removal_puts_nothing_back(kit: Kit, owner: Visitor) -> None:
    give(kit, account_of(kit), "Old")
    owner.get("/security/apps").submit("Remove Old").submit("Remove")
    thiefs = give(kit, account_of(kit), "New", added=kit.clock.now + timedelta(seconds=1))
    kit.clock.forward(seconds=1)
    thief = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    thief.submit("Continue", verification_code=thiefs.at(kit.clock.now))

    thief.get("/security/apps").submit("Put back Old")

    assert "sign in with something that you trusted before" in thief.text


def test_nothing_old_is_removed_while_the_account_is_frozen(kit: Kit, owner: Visitor) -> None:
    give(kit, account_of(kit), "Pocket")
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"frozen_until": work.now + timedelta(hours=1)})

    owner.get("/security/apps").submit("Remove Pocket")

    assert "nothing that you trusted before can be removed" in owner.text


def test_it_is_turned_on_again_with_an_app(kit: Kit, owner: Visitor) -> None:
    account = kit.account(EVE)
    give(kit, account)
    with kit.core.database.writing() as work:
        work.db.query(Account).filter_by(id=account.id).update({"two_factor_since": None})

    eve = kit.signed_in(EVE).get("/security/two-factor").submit("Turn It On")

    assert "Two-factor authentication is on." in eve.text


def test_what_is_new_does_not_turn_it_off_where_an_app_is_older(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    give(kit, kit.account(numbers=(MOBILE,), age=timedelta(0)))
    thief = kit.signed_in().get("/security/two-factor/off")

    thief.submit("Turn Off", password=PASSWORD)

    assert "What you signed in with is too new for this." in thief.text
