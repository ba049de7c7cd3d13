"""The ways to apps in a real browser: two at once, and one that leads on to a third origin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser_sites import sign_in
from tests.support.clients.client import Client
from tests.support.clients.far_away import FarAway, far_away
from tests.support.clients.flask_app import FlaskApp
from tests.support.clients.openid_client import OpenidClient
from tests.support.clients.town import Guest, Town
from trustweb.phone_numbers import mask


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def guest(request: pytest.FixtureRequest, town: Town, chromium: Browser) -> Iterator[Guest]:
    guest = town.guest(chromium, javascript=request.param)
    yield guest
    assert not guest.errors  # among them, what breaks the content security policy
    guest.leaves()


@pytest.fixture(scope="module")
def shop(town: Town) -> Iterator[FarAway]:
    with far_away(town.site) as shop:
        yield shop


def arrives(guest: Guest, shop: FarAway, told: str = "code") -> None:
    guest.page.wait_for_url(lambda url: url.startswith(f"{shop.landing}?{told}="))


def test_a_callback_may_lead_on_to_a_third_origin_after_the_password(
    shop: FarAway, town: Town, chromium: Browser, guest: Guest
) -> None:
    other = town.guest(chromium, javascript=guest.javascript, phone=False)
    other.page.goto(shop.sign_in())

    other.gives_the_password()

    arrives(other, shop)
    assert not other.errors
    other.leaves()


@pytest.mark.parametrize("answer", ["Trust", "Not Now"])
def test_and_after_the_question_whether_to_trust_the_browser(shop: FarAway, guest: Guest, answer: str) -> None:
    guest.page.goto(shop.sign_in())
    guest.gives_the_password()
    guest.types_the_code()

    guest.presses(answer)

    arrives(guest, shop)


@pytest.mark.parametrize(("answer", "told"), [("Allow", "code"), ("Cancel", "error")])
def test_and_after_consent(shop: FarAway, town: Town, guest: Guest, answer: str, told: str) -> None:
    guest.takes(sign_in(town.desk.database, guest.account.id))
    guest.page.goto(shop.sign_in(prompt="consent"))

    guest.presses(answer)

    arrives(guest, shop, told)


def test_and_after_a_fresh_proof(shop: FarAway, town: Town, guest: Guest) -> None:
    guest.takes(sign_in(town.desk.database, guest.account.id))
    guest.page.goto(shop.sign_in(prompt="login"))

    guest.presses("Text me at %(number)s", number=mask(guest.number))
    guest.types_the_code()

    arrives(guest, shop)


@pytest.mark.parametrize("first", [0, 1])
def test_two_apps_in_two_tabs_finish_in_either_order(town: Town, guest: Guest, first: int) -> None:
    apps: list[Client] = [town.app(FlaskApp), town.app(OpenidClient)]
    tabs = [guest.page, guest.context.new_page()]
    for tab, app in zip(tabs, apps, strict=True):
        tab.goto(app.sign_in)
    guest.page = tabs[first]
    guest.signs_in()
    sessions = [guest.arrives(apps[first])]

    guest.page = tabs[1 - first]
    guest.page.reload()
    sessions.append(guest.arrives(apps[1 - first]))

    known = [app.who(session) for app, session in zip([apps[first], apps[1 - first]], sessions, strict=True)]
    assert [each["name"] for each in known] == [guest.shown] * 2
