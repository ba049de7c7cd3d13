"""A delayed sign-in in a real browser: the answer comes by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.http_client import Visitor
from tests.support.person import Person
from tests.support.registration import take_pictures
from tests.support.site import Site

WAITS = "Many wrong passwords were typed for %(name)s, so each answer takes longer now."
NAME = "nobody.with.a.rather.long.name@subdomain.example.com"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Everybody comes from one address here."""
    settings = {"TRUSTWEB_DEMO": "1", "TRUSTWEB_WRONG_PASSWORDS": "1000/300"}
    with Site(tmp_path_factory.mktemp("held") / "instance", settings) as site:
        yield site


def wrong(url: str, name: str, times: int) -> None:
    for _ in range(times):
        Visitor(url).get("/sign-in").submit("Sign In", account=name, password="not the password")


def signs_in(person: Person, name: str) -> None:
    person.opens("/sign-in")
    person.fills(Account=name, Password="not the password")
    person.presses("Sign In")


def test_the_answer_comes_by_itself(site: Site, person: Person) -> None:
    name = f"{person.language}.{NAME}"
    wrong(site.url, name, 8)
    signs_in(person, name)
    person.sees(WAITS, name=name)
    take_pictures(person, "held")

    with person.mistake():
        person.says("The account or the password is not right.").wait_for(timeout=20_000)

    expect(person.field("Account")).to_have_value(name)


@pytest.fixture
def plain(site: Site, chromium: Browser) -> Person:
    return Person(chromium, site.url, javascript=False)


def test_without_scripts_the_page_comes_again_and_has_a_button(site: Site, plain: Person) -> None:
    name = f"plain.{NAME}"
    wrong(site.url, name, 5)
    signs_in(plain, name)
    plain.sees(WAITS, name=name)

    expect(plain.page.get_by_text(re.compile("Yours comes in"))).to_have_count(0)
    with plain.mistake():
        plain.presses("Continue")
        plain.says("The account or the password is not right.").wait_for()
    plain.leaves()
