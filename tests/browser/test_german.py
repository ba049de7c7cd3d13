"""Somebody whose browser speaks German: pages, text and call; long words fit on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import FIXED, MOBILE, Story


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture
def site(carrier: Carrier, tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path / "instance", carrier.settings | {"TRUSTWEB_COUNTRIES": "DE,GB"}) as site:
        yield site


def test_the_sign_in_page_is_german(site: Site, chromium: Browser) -> None:
    person = Person(chromium, site.url, width=360, locale="de-DE")
    person.opens("/sign-in")

    expect(person.page.locator("html")).to_have_attribute("lang", "de")
    expect(person.page.get_by_role("heading", name="Anmelden")).to_be_visible()
    expect(person.page.get_by_label("Passwort")).to_be_visible()
    person.looks()
    person.leaves()


def test_the_story_in_german(site: Site, carrier: Carrier, chromium: Browser) -> None:
    person = Person(chromium, site.url, width=360, locale="de-DE")
    story = Story(person, carrier)
    story.is_told(site)

    assert person.words("Sign In") == "Anmelden"
    assert "Bestätigungscode" in carrier.wait_for(MOBILE)[-1].text
    assert carrier.wait_for(FIXED, "call")[-1].fields["ncco"][0]["language"].startswith("de")
