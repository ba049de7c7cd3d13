"""Consent: asked once for a set of scopes, and bound to the session, the request and the browser."""

from __future__ import annotations

import pytest

from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.relying_party import App, add_service, prove
from trustweb.models import JournalEntry


@pytest.fixture
def alice(kit: Kit) -> Kit:
    kit.account(ALICE, numbers=(MOBILE,))
    return kit


def test_consent_is_asked_once_for_a_set_of_scopes(alice: Kit) -> None:
    add_service(alice, asks_consent=True)
    app = App()
    visitor = app.send(alice.signed_in(), scope="openid email")
    assert "your e-mail address" in visitor.text
    assert "your name" not in visitor.text

    assert "code" in app.told(visitor.submit("Allow"))
    assert "code" in app.told(app.send(visitor, scope="openid email"))
    assert "your name" in app.send(visitor, scope="openid profile email").text


def test_consent_is_asked_again_when_the_app_wants_that(alice: Kit) -> None:
    add_service(alice)
    app, visitor = App(), alice.signed_in()

    for _ in range(2):
        assert "Go on to Photos?" in app.send(visitor, prompt="consent").text
        assert "code" in app.told(visitor.submit("Allow"))


def test_offline_access_is_always_asked_for(alice: Kit) -> None:
    add_service(alice)
    app = App()
    visitor = app.send(alice.signed_in(), scope="openid profile offline_access")

    assert "when you are not there" in visitor.text
    assert "your name" not in visitor.text
    assert app.told(visitor.submit("Cancel"))["error"] == "access_denied"


def test_a11_the_consent_of_one_session_is_none_of_another(alice: Kit) -> None:
    add_service(alice, asks_consent=True)
    alice.account(BOB, numbers=(MOBILE,))
    app, visitor = App(), alice.signed_in()
    app.send(visitor, prompt="consent").submit("Allow")
    way = visitor.path
    visitor.submit("Sign out").get("/sign-in").submit("Sign In", account=BOB, password=PASSWORD)
    prove(alice, visitor)

    assert "Go on to Photos?" in visitor.get(f"{way}/go").text


def test_a11_a_consent_cannot_be_given_from_elsewhere(alice: Kit) -> None:
    add_service(alice, asks_consent=True)
    visitor = App().send(alice.signed_in())
    way = visitor.path
    visitor._visit("POST", f"{way}/consent", [("csrf_token", "x")], {"Sec-Fetch-Site": "cross-site"})
    assert visitor.status == 403

    assert "Go on to Photos?" in visitor.get(f"{way}/go").text


def test_both_the_first_use_and_the_consent_stand_in_the_journal(alice: Kit) -> None:
    add_service(alice, asks_consent=True)
    app = App()
    app.told(app.send(alice.signed_in(), scope="openid email").submit("Allow"))

    with alice.core.database.reading() as work:
        events = [each.event for each in work.db.query(JournalEntry).order_by(JournalEntry.seq)]
    assert events[-2:] == ["service_first_used", "service_consented"]
