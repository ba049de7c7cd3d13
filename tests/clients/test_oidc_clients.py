"""Other people's programs sign people in with a real site, as their pages of docs/services/ set them up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser_sites import Surfer, sign_in
from tests.support.clients.apache import Apache
from tests.support.clients.client import Client
from tests.support.clients.django_app import DjangoApp
from tests.support.clients.flask_app import APP, FlaskApp
from tests.support.clients.openid_client import OpenidClient, PublicClient
from tests.support.clients.synapse import Synapse
from tests.support.clients.town import Guest, Town
from tests.support.markdown import blocks
from tests.support.virtual_authenticator import VirtualAuthenticator

CLIENTS: list[type[Client]] = [FlaskApp, DjangoApp, OpenidClient, Apache, Synapse]
LISTENING = [each for each in CLIENTS if each.BACK_CHANNEL]
LEAVING = [each for each in CLIENTS if each.SIGNED_OUT]
CARD = "Sign out of %(name)s"


def of(kinds: list[type[Client]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("client", kinds, indirect=True, ids=lambda kind: kind.__name__)


@pytest.fixture
def client(request: pytest.FixtureRequest, town: Town) -> Client:
    return town.app(request.param)


@pytest.fixture
def guest(town: Town, chromium: Browser) -> Iterator[Guest]:
    guest = town.guest(chromium)
    yield guest
    guest.leaves()


@of(CLIENTS)
def test_a_client_sends_a_stranger_to_trustweb(client: Client) -> None:
    address, _, query = client.asks().partition("?")
    asked = dict(parse_qsl(query))

    assert address == f"{client.issuer}/authorize"
    assert asked.items() >= {"client_id": client.client_id, "redirect_uri": client.redirect_uri}.items()
    assert asked.get("response_mode", "query") == "query"
    assert (asked.get("response_type"), asked["code_challenge_method"]) == ("code", "S256")
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert set(asked["scope"].split()) >= {"openid", "profile", "email"}


@of(CLIENTS)
def test_a_client_knows_nobody_without_trustweb(client: Client) -> None:
    assert client.who(None) == {}
    assert client.who("made-up") == {}


@of(LISTENING)
def test_a_client_believes_no_logout_that_is_not_signed(client: Client) -> None:
    assert client.told("e30.e30.e30").status_code in {400, 401}


@of(CLIENTS)
def test_somebody_signs_in_with_password_and_code_and_the_app_knows_who_it_is(client: Client, guest: Guest) -> None:
    session = guest.enters(client)

    assert client.who(session)["name"] == guest.shown


@of(LEAVING)
def test_signing_out_at_the_app_signs_out_of_the_account_and_leads_back(client: Client, guest: Guest) -> None:
    session = guest.enters(client)

    client.signs_out(guest.page)
    guest.page.wait_for_url(f"{client.signed_out_uri}*")

    assert client.who(session) == {}
    assert guest.is_out()


@of(LISTENING)
def test_the_app_hears_within_ten_seconds_of_a_sign_out_on_the_card(client: Client, guest: Guest) -> None:
    session = guest.enters(client)
    guest.opens("/security/services")
    for _ in range(2):  # the second time in the panel that asks
        guest.presses(CARD, name=client.NAME.title())

    client.process.wait_until(lambda: client.who(session) == {}, seconds=10)


def test_all_apps_hear_within_ten_seconds_of_a_sign_out_everywhere_else(guest: Guest, town: Town) -> None:
    apps = [town.app(each) for each in LISTENING]
    sessions = [guest.enters(apps[0]), *(guest.is_let_in(each) for each in apps[1:])]
    inside = list(zip(apps, sessions, strict=True))
    assert [app.who(session)["name"] for app, session in inside] == [guest.shown] * len(apps)
    other = town.again(guest)
    other.opens("/sign-in")
    other.signs_in()
    other.opens("/security/devices")

    other.presses("Sign out everywhere else")

    apps[0].process.wait_until(lambda: not any(app.who(session) for app, session in inside), seconds=10)
    assert guest.is_out()
    other.leaves()


def test_a_part_of_the_site_behind_apache_wants_a_passkey_and_says_so(guest: Guest, town: Town) -> None:
    wiki = town.app(Apache)
    VirtualAuthenticator(guest)
    guest.enters(wiki)
    with guest.mistake():
        guest.page.goto(f"{wiki.url}/admin/")
        guest.sees("%(name)s needs a passkey", name="Wiki")
    guest.presses("Add a passkey")
    guest.fills(Name="My laptop")
    guest.presses("Continue")
    guest.sees("The passkey is added. You can sign in with it from now on.")

    guest.page.goto(f"{wiki.url}/admin/")
    guest.presses("Use a passkey")

    guest.page.wait_for_url(f"{wiki.url}/admin/")
    assert guest.page.get_by_role("heading", name="Wiki for admins").is_visible()


def test_who_cancels_is_back_at_the_app_which_says_so(guest: Guest, town: Town) -> None:
    notes = town.app(FlaskApp)
    guest.page.goto(notes.sign_in)

    guest.presses("Cancel")

    expect(guest.page.get_by_text("You did not sign in. Nothing has changed.")).to_be_visible()


STRICT = [OpenidClient, PublicClient]


@of(STRICT)
def test_the_strictest_client_refreshes_until_it_has_revoked(client: OpenidClient, guest: Guest, town: Town) -> None:
    guest.takes(sign_in(town.desk.database, guest.account.id))
    guest.page.goto(client.sign_in)
    if "offline_access" in client.scope:
        guest.presses("Allow")
    session = guest.arrives(client)

    did = [client.act(path, session) for path in ("/refresh", "/refresh", "/revoke")]

    assert did == [{"refreshed": True}, {"refreshed": True}, {"revoked": True}]
    assert client.act("/refresh", session)["error"] == "invalid_grant"


@of(STRICT)
def test_it_understands_that_nobody_is_signed_in(client: OpenidClient) -> None:
    answer = Surfer().open(f"{client.sign_in}?prompt=none")[-1]

    assert json.loads(answer.body)["error"] == "login_required"


def test_the_page_for_flask_shows_what_the_example_does() -> None:
    assert [each for each in blocks(FlaskApp.PAGE, "python") if each not in APP.read_text("utf-8")] == []
