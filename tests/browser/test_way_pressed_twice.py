"""People who press twice on the way to an app, or go back from it, in a real browser with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from tests.support.at_services import add, app
from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.relying_party import App
from tests.support.site import Site
from tests.support.story import Story, invitation, writing

PATIENCE = {"TRUSTWEB_UNPROVED_SENDS": "20/86400"}
SCOPE = "openid profile offline_access"


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("twice") / "instance", carrier.settings | PATIENCE) as site:
        yield site


@pytest.fixture
def photos(site: Site) -> App:
    photos = App(callback=f"{site.url}/forgotten-password")  # a page that is there
    with writing(site) as work:
        plain = {"asks_consent": True, "redirect_uris": [photos.callback]}
        add(work, **app("photos") | plain, title="Photos")
    return photos


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def person(request: pytest.FixtureRequest, site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Person]:
    carrier.forget()
    person = Person(chromium, site.url, javascript=request.param)
    story = Story(person, carrier)
    story.sets_up(invitation(site), f"{uuid4().hex}@example.com")
    story.asks_for_a_code("07400 123456")
    story.types(story.code("+447400123456"))
    person.sees("Only one number.")
    yield person
    person.leaves()


def test_a_double_click_on_allow_leads_to_the_app(person: Person, photos: App) -> None:
    person.opens(photos.address(scope=SCOPE))

    person.page.get_by_role("button", name="Allow").dblclick()

    person.page.wait_for_url("**/forgotten-password?code=*")


def test_whoever_goes_back_from_the_app_is_not_stuck(person: Person, photos: App) -> None:
    person.opens(photos.address(scope=SCOPE))
    person.presses("Allow")
    person.page.wait_for_url("**/forgotten-password?code=*")

    person.page.go_back()
    person.opens(photos.address(scope=SCOPE))

    person.page.wait_for_url("**/forgotten-password?code=*")
