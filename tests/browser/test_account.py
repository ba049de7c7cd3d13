"""The account's settings, the download and the deletion in a real browser, wide and narrow, with and without
JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import MOBILE, Story, invitation, writing
from trustweb.models import Factor

BOB = "bob.with.a.rather.long.name@example.com"


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture
def site(carrier: Carrier, tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path / "instance", carrier.settings | {"TRUSTWEB_COUNTRIES": "GB"}) as site:
        yield site


@pytest.fixture(params=["wide", "dark phone without JavaScript", "German phone"])
def bob(request: pytest.FixtureRequest, site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Person]:
    """Somebody who was invited and has an old number."""
    looks = {
        "wide": {},
        "dark phone without JavaScript": {"width": 360, "javascript": False, "scheme": "dark"},
        "German phone": {"width": 360, "locale": "de-DE"},
    }[request.param]
    person = Person(chromium, site.url, **looks)  # type: ignore[arg-type]
    story = Story(person, carrier)
    story.sets_up(invitation(site), BOB)
    story.asks_for_a_code("07400 123456")
    story.types(story.code(MOBILE))
    person.sees("Only one number.")
    with writing(site) as work:
        work.db.query(Factor).update({Factor.trusted_from: work.now})
    yield person
    person.leaves()


def test_the_details_are_saved(bob: Person) -> None:
    bob.opens("/security")
    bob.presses("Open the account’s settings")
    bob.sees("Your Details")
    bob.fills(Name="Robert von und zu Hohenstein-Wittelsbach, Freiherr")

    bob.presses("Save")

    bob.sees("Saved.")
    expect(bob.page.get_by_text(bob.words("Saved."))).to_be_focused()
    expect(bob.field("Name")).to_have_value("Robert von und zu Hohenstein-Wittelsbach, Freiherr")
    bob.looks_by_day_and_night()


def test_the_data_is_a_file(bob: Person) -> None:
    bob.opens("/account")
    bob.presses("Download my data")
    bob.sees("It has your phone numbers in full. Keep it where nobody else reads it.")

    with bob.page.expect_download() as downloading:
        bob.presses("Download")

    assert downloading.value.suggested_filename == "my-data.json"
    assert json.loads(Path(downloading.value.path()).read_text("utf-8"))["trusted_numbers"][0]["number"] == MOBILE


def test_the_account_is_about_to_go_and_kept(bob: Person) -> None:
    bob.opens("/account")
    bob.presses("Delete my account")
    bob.sees("You cannot sign in here any more.")
    bob.presses("Delete My Account")
    expect(bob.page.locator("#planned-title")).to_be_focused()
    bob.opens("/security")
    bob.looks_by_day_and_night()

    bob.presses("Keep my account")

    bob.sees("Your account stays.")
    expect(bob.button("Keep my account")).to_have_count(0)
