"""The demo in a real browser: texts and calls on the handset’s page, and the weight of the first page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import ALICE, PASSWORD, invitation, let_the_cool_down_pass

REQUESTS, BYTES = 5, 60 * 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("demo") / "instance", {"TRUSTWEB_DEMO": "1"}) as site:
        yield site


@pytest.fixture
def person(site: Site, chromium: Browser) -> Iterator[Person]:
    person = Person(chromium, site.url)
    yield person
    assert not person.errors
    person.leaves()


def opens_the_handset(person: Person) -> Page:
    """Beside the other window."""
    handset = person.context.new_page()
    handset.on("pageerror", lambda error: person.errors.append(str(error)))
    handset.on("console", person.heard)
    handset.goto(f"{person.url}/handset/")
    return handset


def asks_for_a_code(person: Person, site: Site) -> None:
    person.opens(invitation(site))
    person.fills(Account=ALICE, Password=PASSWORD)
    person.presses("Continue")
    person.presses("Continue")
    person.fills(Phone_Number="07400 123456")
    person.presses("Continue")


def types(person: Person, words: str) -> None:
    """The digits that a text or a call says, once the page says that it came."""
    found = re.search(r"\d(?:,? ?\d){5}", words)
    assert found, words
    expect(person.page.locator("#code-status .done")).to_have_count(3, timeout=15_000)
    person.looks()
    person.fills(Verification_Code=found[0])
    person.presses("Continue")
    person.sees("Two-factor authentication is on.")


def opens_help(person: Person) -> None:
    person.says("Didn’t get a code?").click()
    person.looks_by_day_and_night()


def newest(handset: Page, method: str) -> str:
    """The words of the newest text or call, once it is there."""
    return handset.locator(f"[data-method={method}] .words").first.inner_text()


def test_a_text_arrives_on_the_handset_and_a_call_rings_there(site: Site, person: Person) -> None:
    handset = opens_the_handset(person)
    expect(handset.get_by_text("Nothing has arrived yet.")).to_be_visible()
    asks_for_a_code(person, site)
    types(person, newest(handset, "text"))
    person.presses("Sign out")
    person.fills(Account=ALICE, Password=PASSWORD)
    person.presses("Sign In")
    opens_help(person)
    let_the_cool_down_pass(site)
    person.page.reload()
    opens_help(person)
    person.presses("Call me")
    handset.get_by_text("Answer", exact=True).click()

    types(person, newest(handset, "call"))


def test_the_handset_page_is_sound(site: Site, chromium: Browser) -> None:
    person = Person(chromium, site.url, width=360)
    person.opens("/handset/")

    person.looks_by_day_and_night()
    person.leaves()


def test_the_first_page_is_light_and_asks_nobody_else(site: Site, chromium: Browser) -> None:
    page = chromium.new_context().new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    asked, weights = list[str](), list[int]()
    network.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    network.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(f"{site.url}/sign-in", wait_until="networkidle")
    icon = page.locator("link[rel=icon]").evaluate("link => link.href")

    # A browser without a tab bar does not fetch the icon.
    assert len({*asked, icon}) <= REQUESTS
    assert {urlsplit(url).netloc for url in (*asked, icon)} == {urlsplit(site.url).netloc}
    assert sum(weights) + len(page.request.get(icon).body()) <= BYTES
    page.context.close()
