"""App-specific passwords in a real browser: made, shown once, typed into a program, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import Story, invitation, let_the_proof_grow_old, writing
from trustweb.models import AppPassword

GENERATE = "Generate an App-Specific Password"
BROWSERS = {
    "wide": (1280, True, "en-GB"),
    "narrow-german": (360, True, "de-DE"),
    "no-javascript": (1280, False, "en-GB"),
}


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    patience = {"TRUSTWEB_UNPROVED_SENDS": "20/86400"}
    with Site(tmp_path_factory.mktemp("programs") / "instance", carrier.settings | patience) as site:
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


def makes_one(person: Person, name: str) -> str:
    person.presses(GENERATE)
    person.fills(Name=name)
    person.field("Service").select_option("calendar")
    person.looks_by_day_and_night()
    person.presses("Create")
    person.sees("Your new app-specific password")
    person.looks_by_day_and_night()
    return str(person.page.locator(".key").text_content())


def program(site: Site, name: str, secret: str) -> int:
    """Ask as a proxy does, and return the status of the answer."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{site.url}/auth/basic/calendar", auth=(name, secret), timeout=10).status_code


def shows_it_no_more(site: Site, person: Person, secret: str) -> None:
    with writing(site) as work:  # a double click is long over
        work.db.execute(update(AppPassword).values(created_at=work.now - timedelta(minutes=1)))
    person.page.reload()
    person.sees(
        "A new password is shown once, and cannot be shown again. If you did not keep it, revoke it and make a new one."
    )
    assert secret not in person.page.content()


def test_one_from_its_making_to_its_end(site: Site, story: Story) -> None:
    person, name = story.person, str(story.person.page.locator(".who").text_content())
    secret = makes_one(person, "Pocket")
    assert program(site, name, secret.upper().replace("-", " ")) == 200

    shows_it_no_more(site, person, secret)
    person.presses("Revoke %(name)s", name="Pocket")
    person.sees("The program that has it cannot get in from then on. You can make a new one for it at any time.")
    person.presses("Revoke")
    person.sees("The password is revoked. The program that had it cannot get in any more.")

    assert program(site, name, secret) == 401


@pytest.mark.parametrize("story", ["wide"], indirect=True)
def test_with_an_old_proof_a_code_comes_before_the_form(site: Site, story: Story) -> None:
    person = story.person
    let_the_proof_grow_old(site)
    person.presses(GENERATE)
    person.presses("Text me at %(number)s", number="+44 •••• ••••56")
    story.types(story.code("+447400123456"))

    person.sees("Which program it is for: Thunderbird on my laptop.")


@pytest.mark.parametrize("story", ["wide"], indirect=True)
def test_focus_goes_to_the_panel_and_back_to_its_button(story: Story) -> None:
    person = story.person
    person.presses(GENERATE)
    expect(person.page.get_by_role("heading", name=person.words(GENERATE))).to_be_focused()

    person.presses("Cancel")

    expect(person.button(GENERATE)).to_be_focused()
