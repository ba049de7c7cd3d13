"""Sign-out at an app's request in Chromium, whose cookies and rules for forms nobody can play."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.support.app_listener import AppListener
from tests.support.crowd import Desk, desk_of
from tests.support.kit import PASSWORD
from tests.support.logout_requests import here, id_token, photos
from tests.support.person import Person
from tests.support.service_endings import There
from tests.support.site import Site
from trustweb.models import ServiceView

names = (f"leaver{number}" for number in itertools.count())


@dataclass
class Leaver:
    """A person who is signed in, here and in an app on another origin."""

    person: Person
    desk: Desk
    app: str
    service: ServiceView
    there: There

    @property
    def page(self) -> Page:
        return self.person.page

    def values(self, **changed: str) -> dict[str, str]:
        hint = id_token(self.desk, self.service, self.there, **changed)
        return {"id_token_hint": hint, "post_logout_redirect_uri": f"{self.app}/bye", "state": "x y"}

    def arrived(self) -> bool:
        self.page.wait_for_url(f"{self.app}/bye?state=x+y")
        return not self.person.context.request.get(f"{self.person.url}/account").url.endswith("/account")


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def leaver(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Leaver]:
    with desk_of(site) as desk, AppListener() as listener:
        name, app = next(names), f"http://127.0.0.1:{listener.port}"
        account = desk.account(f"{name}@example.com")
        service = photos(desk, name=name, logout_redirect_uris=[f"{app}/bye"])
        person = Person(chromium, site.url, javascript=request.param)
        person.page.goto(f"{site.url}/sign-in")
        person.page.get_by_label("Account").fill(f"{name}@example.com")
        person.page.get_by_label("Password").fill(PASSWORD)
        person.page.get_by_role("button", name="Sign In", exact=True).click()
        person.page.wait_for_url("**/security/**")
        yield Leaver(person, desk, app, service, here(desk, account.id, service))
        person.leaves()


def test_an_app_s_form_signs_out_and_leads_back(leaver: Leaver) -> None:
    fields = "".join(f'<input name="{name}" value="{escape(value)}">' for name, value in leaver.values().items())
    leaver.page.goto(leaver.app)

    leaver.page.set_content(f'<form method="post" action="{leaver.person.url}/end-session">{fields}<button>Go</button>')
    leaver.page.get_by_role("button", name="Go").click()

    assert leaver.arrived()


def test_an_app_s_link_signs_out_and_leads_back(leaver: Leaver) -> None:
    leaver.page.goto(leaver.app)

    leaver.page.set_content(f'<a href="{leaver.person.url}/end-session?{escape(urlencode(leaver.values()))}">Go</a>')
    leaver.page.get_by_role("link", name="Go").click()

    assert leaver.arrived()


def test_who_is_asked_first_arrives_at_the_app_after_the_form(leaver: Leaver) -> None:
    leaver.page.goto(f"{leaver.person.url}/end-session?{urlencode(leaver.values(sid='another'))}")
    leaver.person.looks()

    leaver.page.locator("main").get_by_role("button", name="Sign out").click()

    assert leaver.arrived()
