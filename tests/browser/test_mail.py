"""Mails in a real browser, as the demo plays them: an account of one's own, and another address for it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import PASSWORD

CARLA, NEW = "carla@example.com", "carla.with.a.rather.long.name@subdomain.example.com"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"TRUSTWEB_DEMO": "1", "TRUSTWEB_REGISTRATION": "open"}
    with Site(tmp_path_factory.mktemp("mails") / "instance", settings) as site:
        yield site


@pytest.fixture(params=[("light", "en-GB"), ("dark", "de-DE")])
def person(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Person]:
    scheme, locale = request.param
    person = Person(chromium, site.url, scheme=scheme, locale=locale)
    yield person
    assert not person.errors
    person.leaves()


def opens_the_link(person: Person, address: str) -> None:
    """The one in the newest mail to the address, on the handset's page."""
    handset: Page = person.context.new_page()
    handset.goto(f"{person.url}/handset/")
    box = handset.get_by_role("region", name=address, exact=True)
    with person.context.expect_page() as opened:
        box.locator("a[href^=http]").first.click()
    person.page.close()
    person.page = opened.value
    handset.close()


def pictures(person: Person, name: str) -> None:
    """For eyes, when somebody wants them: PICTURES=folder."""
    if folder := os.environ.get("PICTURES"):
        for width in (1280, 360):
            person.page.set_viewport_size({"width": width, "height": 800})
            person.page.screenshot(path=f"{folder}/{person.language}-{name}-{width}.png", full_page=True)


def registers(person: Person, name: str, *, mailbox: str = "") -> None:
    person.opens("/sign-in")
    person.presses("Create an account")
    person.sees("We send a link to your mailbox. It leads you on.")
    pictures(person, "create")
    person.fills(**{"E-mail Address": name})
    person.presses("Continue")
    person.sees("Look in your mailbox")
    pictures(person, "asked")
    opens_the_link(person, mailbox or name)
    person.fills(Password=PASSWORD)
    person.presses("Continue")
    expect(person.page).to_have_url(re.compile("/security/two-factor$"))


def test_an_account_of_ones_own_and_then_another_address(site: Site, person: Person) -> None:
    name, new = f"{person.language}.{CARLA}", f"{person.language}.{NEW}"
    registers(person, name)
    person.opens("/account")
    person.sees("E-mail Address")
    pictures(person, "confirmed")
    person.presses("Change your e-mail address")
    person.sees("New E-mail Address")
    with person.mistake():
        person.fills(**{"New E-mail Address": name})
        person.presses("Send a link")
        person.sees("You sign in with this address already.")
    pictures(person, "change")
    person.fills(**{"New E-mail Address": new})
    person.presses("Send a link")
    person.sees("Look in the mailbox: a link is on its way. Open it, and press the button on its page.")
    pictures(person, "pending")
    opens_the_link(person, new)
    person.looks()
    pictures(person, "link")
    person.presses("Use this address")
    person.sees("Your address is confirmed")
    pictures(person, "followed")
    reads_everything_on_the_handset(person)


def reads_everything_on_the_handset(person: Person) -> None:
    person.opens("/handset/")
    expect(person.page.get_by_role("region", name=re.compile("@"))).not_to_have_count(0)
    person.looks()
    pictures(person, "handset")
