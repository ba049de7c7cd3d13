"""An authenticator app in a real browser: added by its picture or its key, used to sign in, removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.support.apps import App
from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import Story, invitation, writing
from trustweb.models import AuthenticatorApp, Factor

ADD = "Add an Authenticator App"
BROWSERS = {
    "wide": (1280, True, "en-GB"),
    "narrow-german": (360, True, "de-DE"),
    "no-javascript": (1280, False, "en-GB"),
}


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    patience = {"TRUSTWEB_UNPROVED_SENDS": "20/86400"}
    with Site(tmp_path_factory.mktemp("apps") / "instance", carrier.settings | patience) as site:
        yield site


@pytest.fixture(params=BROWSERS)
def story(request: pytest.FixtureRequest, site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Story]:
    """The story of somebody who has one number."""
    width, javascript, locale = BROWSERS[request.param]
    carrier.forget()
    person = Person(chromium, site.url, width=width, javascript=javascript, locale=locale)
    story = Story(person, carrier)
    story.sets_up(invitation(site), f"{uuid4().hex}@example.com")
    story.asks_for_a_code("07400 123456")
    story.types(story.code("+447400123456"))
    person.sees("Only one number.")
    yield story
    person.leaves()


def now() -> datetime:
    return datetime.now(UTC)


def scans(person: Person) -> App:
    """The picture is read by what it must say; that it can be read shows in a picture of the page."""
    link = person.page.get_by_role("link", name=person.words("Open in your authenticator app"))
    return App(str(link.get_attribute("href")))


def lets_two_days_pass(site: Site) -> None:
    """The app's code that was typed is long over, and what is in the list is trusted."""
    with writing(site) as work:
        before = work.now - timedelta(days=2)
        work.db.query(AuthenticatorApp).update({"last_step": 0})
        work.db.query(Factor).update({"added_at": before, "trusted_from": before + timedelta(days=1)})


def adds_an_app(story: Story) -> App:
    person = story.person
    person.presses(ADD)
    person.sees("Scan this picture with an authenticator app.")
    person.looks_by_day_and_night()
    app = scans(person)
    with person.mistake():
        story.types(f"{(int(app.at(now())) + 500_000) % 1_000_000:06}")
        expect(person.page.get_by_role("alert")).to_contain_text("4")
        person.looks()
    person.field("Label").fill("Pocket")
    story.types(app.at(now()))
    person.sees("The app is verified and in your list.")
    return app


def signs_in_with_it(story: Story, app: App) -> None:
    person, name = story.person, str(story.person.page.locator(".who").text_content())
    story.signs_out()
    story.gives_the_password(name)
    person.sees("Enter the code that your authenticator app shows.")
    person.says("Didn’t get a code?").click()
    person.looks_by_day_and_night()
    story.types(app.at(now()))
    person.sees("Trust this browser?")


def test_an_app_from_its_picture_to_its_end(site: Site, story: Story) -> None:
    person = story.person
    app = adds_an_app(story)
    lets_two_days_pass(site)
    signs_in_with_it(story, app)

    person.presses("Manage authenticator apps")
    person.presses("Remove %(name)s", name="Pocket")
    person.sees("From then on, its codes are not accepted. You can delete the entry in the app too.")
    person.presses("Remove")
    person.sees("The app is removed. Its codes are not accepted any more.")


def test_focus_goes_to_the_panel_and_back_to_its_button(story: Story) -> None:
    person = story.person
    person.presses(ADD)
    expect(person.page.get_by_role("heading", name=person.words(ADD))).to_be_focused()

    person.presses("Cancel")

    expect(person.button(ADD)).to_be_focused()


def test_a_double_click_shows_one_picture(story: Story) -> None:
    person = story.person
    person.button(ADD).dblclick()
    first = scans(person).secret
    person.page.reload()

    assert scans(person).secret == first
