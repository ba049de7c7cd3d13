"""A recovery key and backup codes in a real browser: shown, saved, typed back, used, and made anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import Story, invitation, writing
from trustweb.models import Factor

UNREADABLE = "A recovery key is 28 letters and digits, in seven groups of four. Please check that none is missing."
COUNTS = "The recovery key counts from now on. Keep the paper safe."
BROWSERS = {
    "wide": (1280, True, "en-GB", "light"),
    "narrow-dark-german": (360, True, "de-DE", "dark"),
    "narrow-dark-no-javascript": (360, False, "en-GB", "dark"),
}


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    patience = {"TRUSTWEB_UNPROVED_SENDS": "20/86400"}
    with Site(tmp_path_factory.mktemp("paper") / "instance", carrier.settings | patience) as site:
        yield site


everywhere = pytest.mark.parametrize("where", BROWSERS)


@pytest.fixture
def where() -> str:
    return "wide"


@pytest.fixture
def story(where: str, site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Story]:
    """The story of somebody who has one number."""
    width, javascript, locale, scheme = BROWSERS[where]
    carrier.forget()
    person = Person(chromium, site.url, width=width, javascript=javascript, locale=locale, scheme=scheme)
    story = Story(person, carrier)
    story.sets_up(invitation(site), f"{uuid4().hex}@example.com")
    story.asks_for_a_code("07400 123456")
    story.types(story.code("+447400123456"))
    person.sees("Only one number.")
    person.opens("/security")
    yield story
    person.leaves()


def on_the_page(person: Person) -> list[str]:
    secrets = person.page.locator(".secrets .key")
    secrets.first.wait_for()
    return secrets.all_inner_texts()


def saves(person: Person) -> str:
    with person.page.expect_download() as saved:
        person.presses("Save as a file")
    return Path(saved.value.path()).read_text("utf-8")


def types(person: Person, text: str, button: str) -> None:
    person.page.locator("#field-typed").fill(text)
    person.presses(button)


def makes_a_key(person: Person) -> str:
    person.presses("Show the key")
    person.sees("Write it down or print this page. It is shown only now.")
    (key,) = on_the_page(person)
    person.presses("I have it on paper")
    person.sees("Type the key from your paper. Only then it counts.")
    with person.mistake():
        types(person, key[:-1], "Confirm")
        person.sees(UNREADABLE)
    types(person, key.lower(), "Confirm")
    person.sees(COUNTS)
    return key


def lets_a_day_pass(site: Site) -> None:
    """Let all factors be old enough to be trusted."""
    with writing(site) as work:
        work.db.query(Factor).update({"trusted_from": work.now - timedelta(seconds=1)})


def comes_to_the_code(story: Story) -> Person:
    person, name = story.person, str(story.person.page.locator(".who").text_content())
    story.signs_out()
    story.gives_the_password(name)
    person.says("Didn’t get a code?").click()
    person.looks()
    return person


@everywhere
def test_a_key_from_its_page_to_its_end(story: Story) -> None:
    person = story.person
    person.presses("Create a Recovery Key")
    person.sees("It works once. After that you make a new one.")
    key = makes_a_key(person)
    comes_to_the_code(story).presses("Use your recovery key")
    person.looks()
    types(person, key.replace("-", " "), "Continue")
    person.sees("Your recovery key is used up")

    person.presses("Make a New One")
    makes_a_key(person)
    person.presses("Remove the recovery key")
    person.sees("From then on, nobody can use it, and it cannot be put back. You can make a new one.")
    person.presses("Remove")
    person.sees("The recovery key is removed. Nobody can use it any more.")


@everywhere
def test_backup_codes_from_their_page_to_their_end(site: Site, story: Story) -> None:
    person = story.person
    person.presses("Make Backup Codes")
    person.presses("Show the codes")
    person.sees("Write them down or print this page. They are shown only now. Cross out each one that you have used.")
    codes = on_the_page(person)
    person.presses("I have them on paper")
    person.sees("The backup codes count from now on. Keep the paper safe.")
    lets_a_day_pass(site)
    comes_to_the_code(story).presses("Use a backup code")
    types(person, codes[0], "Continue")
    expect(person.page.locator("#backup-codes")).to_contain_text("9 ")

    person.presses("Remove the backup codes")
    person.looks()
    person.presses("Remove")
    person.sees("The backup codes are removed. Nobody can use them any more.")


def test_the_file_has_the_key_and_whose_it_is(story: Story) -> None:
    person = story.person
    person.presses("Create a Recovery Key")
    person.presses("Show the key")
    (key,) = on_the_page(person)

    file = saves(person)

    assert key in file
    assert "@example.com" in file


def test_a_reload_and_back_show_no_key(story: Story) -> None:
    person = story.person
    person.presses("Create a Recovery Key")
    person.presses("Show the key")
    (key,) = on_the_page(person)
    with person.mistake():
        person.page.reload()
        person.sees("The key was shown already. If you have it on paper, type it to confirm; else make a new one.")
    assert key not in person.page.content()

    person.presses("I have it on paper")
    types(person, key, "Confirm")
    person.sees(COUNTS)
    for _ in range(4):
        with suppress(Error):  # a browser asks before it sends a form again
            person.page.go_back()
        expect(person.page.locator("body")).not_to_contain_text(key)


def test_on_paper_there_is_the_key_and_no_button(story: Story) -> None:
    person = story.person
    person.presses("Create a Recovery Key")
    person.presses("Show the key")
    person.page.emulate_media(media="print", color_scheme="dark")

    expect(person.page.locator(".secrets .key")).to_be_visible()
    assert person.page.locator("button:visible, a:visible").count() == 0
    assert person.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_cancel_brings_the_focus_back_to_its_button(story: Story) -> None:
    person = story.person
    person.presses("Make Backup Codes")
    person.presses("Show the codes")
    person.presses("I have them on paper")
    person.presses("Remove the backup codes")
    expect(person.page.get_by_role("heading", name=person.words("Remove the backup codes?"))).to_be_focused()

    person.presses("Cancel")

    expect(person.button("Remove the backup codes")).to_be_focused()
