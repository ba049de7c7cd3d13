"""Leaving a service on the card *Signed In With This Account*: sign-out, consent, passwords, and what is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.at_services import add, consented, signed_in_to, stay, tell
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from tests.support.programs import ask, give, make_on_page
from trustweb.models import Account, Delivery, Service, ServiceAccess, ServiceSession, ServiceToken

pytestmark = pytest.mark.slow

SIGN_OUT, WITHDRAW, REVOKE = (
    "Sign out of Photos", "Withdraw what Photos may read", "Revoke its passwords: Mail"
)  # fmt: skip


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, kit: Kit, account: Account) -> Visitor:
    return kit.signed_in(htmx=request.param)


def ended(kit: Kit) -> list[bool]:
    with kit.core.database.reading() as work:
        return [bool(each) for each in work.db.scalars(select(ServiceSession.ended_at).order_by(ServiceSession.id))]


def activity(alice: Visitor) -> str:
    return alice.tab().get("/security/activity").text


def test_signing_out_ends_apps_and_sites_after_asking(kit: Kit, account: Account, alice: Visitor) -> None:
    signed_in_to(kit, account)
    signed_in_to(kit, account, door="browser")
    signed_in_to(kit, account, name="wiki", door="browser")
    alice.get("/security").submit("Manage services").submit(SIGN_OUT)
    assert ended(kit) == [False, False, False]

    alice.submit(SIGN_OUT)

    assert ended(kit) == [True, True, False]
    assert "You are signed out of Photos." in alice.text
    assert "Signed out of a service Photos ·" in activity(alice)


def test_signing_out_ends_what_an_app_may_do_alone(kit: Kit, account: Account, alice: Visitor) -> None:
    row = signed_in_to(kit, account)
    with kit.core.database.writing() as work:
        token = stay(work, work.db.get_one(ServiceSession, row)).id

    alice.get("/security/services").submit(SIGN_OUT).submit(SIGN_OUT)

    with kit.core.database.reading() as work:
        assert work.db.get_one(ServiceToken, token).revoked_at


def test_a_double_click_ends_it_once(kit: Kit, account: Account, alice: Visitor) -> None:
    signed_in_to(kit, account)
    alice.get("/security/services").submit(SIGN_OUT)
    click = alice.tab()

    alice.submit(SIGN_OUT)
    click.submit(SIGN_OUT)

    assert "You are signed out of Photos." in click.text
    assert activity(alice).count("Signed out of a service") == 1


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("queued", "The app is being told."),
        ("queued timeout", "The app does not answer. We keep trying."),
        ("sent", "The app has heard of it."),
        ("failed", "The app could not be told"),
        (None, "The app finds out within its own time"),
    ],
)
def test_it_says_whether_the_app_has_heard(
    kit: Kit, account: Account, alice: Visitor, state: str | None, sentence: str
) -> None:
    signed_in_to(kit, account, logout_uri=None)
    alice.get("/security/services").submit(SIGN_OUT)
    if state is not None:
        with kit.core.database.writing() as work:
            tell(work, work.db.scalars(select(ServiceAccess)).one(), *state.split())

    assert sentence in alice.submit(SIGN_OUT).text


def test_the_page_asks_until_the_app_has_heard(kit: Kit, account: Account) -> None:
    alice = kit.signed_in(htmx=True)
    signed_in_to(kit, account, logout_uri=None)
    alice.get("/security/services").submit(SIGN_OUT)
    with kit.core.database.writing() as work:
        news = tell(work, work.db.scalars(select(ServiceAccess)).one(), "queued")
    alice.submit(SIGN_OUT)
    with kit.core.database.writing() as work:
        work.db.get_one(Delivery, news.id).state = "sent"

    assert "The app has heard of it." in alice.poll().text


def test_a_site_has_nothing_to_hear(kit: Kit, account: Account, alice: Visitor) -> None:
    signed_in_to(kit, account, door="browser")

    alice.get("/security/services").submit(SIGN_OUT).submit(SIGN_OUT)

    assert "You are signed out of Photos." in alice.text
    assert "The app" not in alice.text


def test_withdrawing_signs_out_too(kit: Kit, account: Account, alice: Visitor) -> None:
    consented(kit, account, "openid email")
    signed_in_to(kit, account)

    alice.get("/security/services").submit(WITHDRAW).submit("Withdraw")

    assert "Photos may read nothing of your account any more, and you are signed out there." in alice.text
    assert ended(kit) == [True]
    with kit.core.database.reading() as work:
        access = work.db.scalars(select(ServiceAccess)).one()
    assert (access.scopes, access.consented_at) == ("", None)
    assert "A service may not read from the account any more Photos ·" in activity(alice)


def test_a_second_click_on_withdraw_withdraws_nothing(kit: Kit, account: Account, alice: Visitor) -> None:
    consented(kit, account, "openid email")
    alice.get("/security/services").submit(WITHDRAW)
    click = alice.tab()

    alice.submit("Withdraw")
    click.submit("Withdraw")

    assert activity(alice).count("may not read") == 1


def test_the_passwords_of_one_service_are_revoked_and_no_others(kit: Kit, account: Account, alice: Visitor) -> None:
    mail, again, calendar = (make_on_page(alice, service=each) for each in ("mail", "mail", "calendar"))
    with kit.core.database.writing() as work:
        add(work, "mail", program=True)
    alice.get("/security/services").submit(REVOKE)
    click = alice.tab()

    alice.submit("Revoke")
    click.submit("Revoke")

    assert "The passwords of Mail are revoked. Its programs cannot get in any more." in click.text
    asked = [(mail, "mail"), (again, "mail"), (calendar, "calendar")]
    assert [ask(kit, each, service=service).status_code for each, service in asked] == [401, 401, 200]
    assert activity(alice).count("App-specific passwords revoked mail ·") == 1


def test_both_cards_say_it_at_once(kit: Kit, account: Account) -> None:
    alice = kit.signed_in(htmx=True)
    with kit.core.database.writing() as work:
        add(work, "mail", program=True)
    make_on_page(alice.get("/security"), service="mail")
    assert "Mail 1 program" in alice.text

    alice.submit("Manage services").submit(REVOKE).submit("Revoke")

    assert "None yet." in alice.text[alice.text.index("App-Specific Passwords") :]


@pytest.mark.parametrize("act", ["sign-out", "withdraw", "revoke-passwords"])
def test_a_stale_form_changes_nothing_and_asks_again(kit: Kit, account: Account, alice: Visitor, act: str) -> None:
    consented(kit, account, "openid email")
    signed_in_to(kit, account)
    give(kit, account, "photos")

    alice.get("/security/services").post(f"/security/services/photos/{act}", csrf_token="stale")

    assert alice.status == 422
    assert "This page was open for a long time." in alice.text
    assert ended(kit) == [False]


def test_a_service_that_the_operator_removed_is_gone_with_what_was_open(
    kit: Kit, account: Account, alice: Visitor
) -> None:
    signed_in_to(kit, account)
    alice.get("/security/services").submit(SIGN_OUT)
    with kit.core.database.writing() as work:
        work.db.delete(work.db.scalars(select(Service).where(Service.name == "photos")).one())

    assert alice.submit(SIGN_OUT).status == 404
    assert "Photos" not in alice.get("/security").text
