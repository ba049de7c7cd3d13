"""The way to an app and back in a real browser: looked at, also without scripts, and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.support.at_services import add, app
from tests.support.carrier import Carrier
from tests.support.kit import PASSWORD
from tests.support.person import Person
from tests.support.relying_party import App
from tests.support.site import Site
from tests.support.story import Story, invitation, writing

BROWSERS = {
    "wide": (1280, True, "en-GB"),
    "narrowest-german": (320, True, "de-DE"),
    "no-javascript": (360, False, "en-GB"),
}
PATIENCE = {"TRUSTWEB_UNPROVED_SENDS": "20/86400"}
PHONE = "+447400123456"


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("way") / "instance", carrier.settings | PATIENCE) as site:
        yield site


@pytest.fixture
def photos(site: Site) -> App:
    photos = App(callback=f"{site.url}/forgotten-password")  # a page that is there
    with writing(site) as work:
        plain = {"needs": "password", "groups": [], "asks_consent": True, "redirect_uris": [photos.callback]}
        add(work, **app("photos") | plain, title="Photos & <b>Films</b>")
    return photos


@pytest.fixture(params=BROWSERS)
def owner(request: pytest.FixtureRequest, site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Story]:
    width, javascript, locale = BROWSERS[request.param]
    carrier.forget()
    person = Person(chromium, site.url, width=width, javascript=javascript, locale=locale)
    story = Story(person, carrier)
    story.sets_up(invitation(site), f"{uuid4().hex}@example.com")
    story.asks_for_a_code("07400 123456")
    story.types(story.code(PHONE))
    person.sees("Only one number.")
    yield story
    person.leaves()


def test_every_page_on_the_way_is_good_to_look_at(owner: Story, photos: App) -> None:
    person, name = owner.person, owner.person.page.locator(".who").inner_text()
    person.presses("Sign out")
    person.opens(photos.address(scope="openid profile email groups offline_access"))
    person.sees("Sign in to continue to %(name)s", name="Photos & <b>Films</b>")
    person.looks_by_day_and_night()
    owner.gives_the_password(name)
    person.sees("Verification Code")
    owner.types(owner.code(PHONE))
    person.sees("Trust this browser?")
    person.looks_by_day_and_night()
    person.presses("Not Now")
    person.sees("Never your password. You can take this back at any time on the page “Security”.")
    person.looks_by_day_and_night()

    person.presses("Allow")
    person.page.wait_for_url("**/forgotten-password?code=*")


def test_the_keyboard_alone_leads_there(owner: Story, photos: App) -> None:
    person, name = owner.person, owner.person.page.locator(".who").inner_text()
    person.presses("Sign out")
    person.opens(photos.address())
    person.page.keyboard.type(name)
    person.page.keyboard.press("Tab")
    person.page.keyboard.type(PASSWORD)
    person.page.keyboard.press("Enter")
    person.says("Verification Code").wait_for()
    person.page.keyboard.type(owner.code(PHONE))
    person.page.keyboard.press("Enter")
    person.says("Trust this browser?").wait_for()

    assert "/authorize/" in person.page.url


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"needs": "passkey"}, "%(name)s needs a passkey"),
        ({"groups": ["family"]}, "Your account may not use %(name)s"),
    ],
)
def test_whoever_may_not_come_in_reads_why(
    owner: Story, site: Site, photos: App, columns: dict[str, object], words: str
) -> None:
    with writing(site) as work:
        title = add(work, **columns).title
    person = owner.person
    with person.mistake():
        person.opens(photos.address())
        person.sees(words, name=title)
        person.looks_by_day_and_night()

    person.presses("Cancel")
    person.page.wait_for_url("**/forgotten-password?error=access_denied*")


def test_an_unknown_app_and_a_way_that_is_over(owner: Story) -> None:
    person = owner.person
    with person.mistake():
        person.opens("/authorize?client_id=nobody")
        person.sees("That app is not set up here")
        person.opens(f"/authorize/{'x' * 43}")
        person.sees("This is over")
        expect(person.button("To the start")).to_be_visible()
