"""A thief with the password and the SIM in one browser, the owner in another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import FIXED, GERMAN, MASKED, MOBILE, Story, invitation, let_the_cool_down_pass, writing
from trustweb.models import Factor

STOP = "This wasn’t me: stop it"


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("thief") / "instance", carrier.settings) as site:
        yield site


@pytest.fixture(scope="module")
def owner(site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Story]:
    """With a mobile phone, whose SIM will be stolen, and another one at home, both trusted for long."""
    person = Person(chromium, site.url, width=360)
    story = Story(person, carrier)
    story.sets_up(invitation(site))
    story.adds_the_first_number()
    story.adds_a_pasted_number()
    with writing(site) as work:
        long_ago = work.now - timedelta(days=2)
        work.db.execute(update(Factor).values(added_at=long_ago, trusted_from=long_ago))
    story.signs_out()
    yield story
    person.leaves()


@pytest.fixture(scope="module")
def thief(site: Site, carrier: Carrier, chromium: Browser, owner: Story) -> Iterator[Story]:
    """In with the password and a code out of the stolen SIM, with a number of their own added."""
    person = Person(chromium, site.url, scheme="dark")
    story = Story(person, carrier)
    story.read = owner.read.copy()
    let_the_cool_down_pass(site)
    person.opens("/sign-in")
    story.signs_in(MOBILE, "text")
    person.presses("Edit")
    story.adds_a_fixed_line()
    yield story
    person.leaves()


def tries_to_remove(thief: Story, number: str) -> None:
    thief.person.opens("/security/numbers")
    thief.person.presses("Remove %(number)s", number=MASKED[number])


def test_with_an_own_number_the_thief_removes_nothing_of_the_owners(site: Site, carrier: Carrier, thief: Story) -> None:
    person = thief.person
    person.presses("Done")
    thief.signs_out()
    let_the_cool_down_pass(site)
    person.opens("/sign-in")
    thief.signs_in(FIXED, "call")

    for number in (MOBILE, GERMAN):
        tries_to_remove(thief, number)
        person.sees("This cannot be removed yet.")


def test_the_owner_is_told_and_throws_the_thief_out(carrier: Carrier, owner: Story, thief: Story) -> None:
    told = next(sent.text for sent in carrier.wait_for(GERMAN, count=2) if not sent.has_code)
    assert "A phone number ending in 00 was added." in told
    link = re.search(r"http://\S+/not-me/\S+", told)
    assert link
    owner.person.opens(urlsplit(link[0]).path)
    owner.person.sees("Was your account changed by somebody else?")
    owner.person.looks()
    owner.person.presses(STOP)
    owner.person.sees("Stopped")

    thief.person.opens("/security")
    thief.person.sees("Sign In")


def test_the_thiefs_own_number_cannot_throw_the_owner_out(carrier: Carrier, owner: Story, thief: Story) -> None:
    heard = [sent.text for sent in carrier.wait_for(FIXED, "call")]

    assert [text for text in heard if "not-me" in text or "http" in text] == []


def test_the_owner_removes_what_the_thief_has_added(site: Site, carrier: Carrier, owner: Story, thief: Story) -> None:
    person = owner.person
    let_the_cool_down_pass(site)
    person.opens("/sign-in")
    owner.signs_in(GERMAN, "text")
    person.sees("Removing is stopped.")
    person.looks()
    tries_to_remove(owner, FIXED)
    person.presses("Remove")
    person.sees("The number is removed. It gets no codes any more.")

    tries_to_remove(owner, MOBILE)
    person.sees("Somebody said that a change to your account was not theirs.")
