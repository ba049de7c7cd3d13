"""Trusted devices in two browsers: the code appears in the owner’s."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import Story, invitation, let_the_cool_down_pass

ASKS = "Your account is being used to sign in"


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(
        tmp_path_factory.mktemp("devices") / "instance", carrier.settings | {"TRUSTWEB_PROMPTS": "20/600"}
    ) as site:
        yield site


@pytest.fixture(scope="module")
def trusted(site: Site, carrier: Carrier, chromium: Browser) -> object:
    """Cookies of a browser that its owner trusts."""
    person = Person(chromium, site.url)
    story = Story(person, carrier)
    story.sets_up(invitation(site))
    story.adds_the_first_number()
    person.opens("/security/devices")
    person.presses("Trust this browser")
    person.sees("This browser is trusted. When you sign in elsewhere, the code appears here.")
    state = person.context.storage_state()
    person.leaves()
    return state


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def owner(request: pytest.FixtureRequest, site: Site, chromium: Browser, trusted: object) -> Iterator[Person]:
    person = Person(chromium, site.url, state=trusted, javascript=request.param)
    person.opens("/security")
    yield person
    person.leaves()


@pytest.fixture
def other(site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Person]:
    person = Person(chromium, site.url, width=360, scheme="dark")
    person.opens("/sign-in")
    Story(person, carrier).gives_the_password()
    yield person
    person.leaves()


def looks_for_it(owner: Person) -> None:
    """Wait for the prompt: with JavaScript the page asks for it by itself."""
    if not owner.javascript:
        owner.page.get_by_role("link", name="See whether somebody is signing in").click()
    owner.sees(ASKS)


def test_allowed_on_one_typed_on_the_other_and_trusted(site: Site, owner: Person, other: Person) -> None:
    other.sees("Enter the code shown on your trusted devices.")
    looks_for_it(owner)
    owner.presses("Allow")
    owner.sees("Type this code there:")
    code = re.sub(r"\D", "", owner.page.locator(".code-shown").inner_text())

    other.sees("Allowed. Type the code that your device shows.")
    other.fills(Verification_Code=code)
    other.presses("Continue")
    other.sees("Trust this browser?")
    other.presses("Trust")
    other.sees("This browser is trusted. When you sign in elsewhere, the code appears here.")

    owner.opens("/security/devices")
    owner.page.get_by_role("button", name="Remove Chrome", exact=False).last.click()
    owner.sees("It is signed out at once, shows no codes any more, and is asked for one at its next sign-in.")
    owner.presses("Remove")
    owner.sees("The device is removed. It is signed out and shows no codes any more.")
    other.page.reload()
    other.sees("Sign In")


def test_not_allowed_is_the_end_of_it(owner: Person, other: Person) -> None:
    looks_for_it(owner)
    owner.presses("Don’t Allow")
    owner.sees("That sign-in is ended. Whoever it was knows the password: choose a new one.")

    other.sees("This sign-in was not allowed on one of your trusted devices.")


def test_ignored_the_phone_helps(site: Site, carrier: Carrier, owner: Person, other: Person) -> None:
    let_the_cool_down_pass(site)
    carrier.forget()
    other.page.get_by_text("Didn’t get a code?").click()
    other.page.get_by_role("button", name=re.compile("^Text me")).first.click()
    other.fills(Verification_Code=Story(other, carrier).code("+447400123456"))
    other.presses("Continue")
    other.sees("Trust this browser?")
    other.presses("Not Now")

    expect(other.page.get_by_text("Trust this browser?")).to_have_count(0)


def test_the_device_shows_a_code_of_its_own(site: Site, owner: Person, other: Person) -> None:
    other.sees("Enter the code shown on your trusted devices.")
    if owner.javascript:
        owner.presses("Get a Verification Code")
    else:
        owner.opens("/prompts")
        owner.presses("Get a Verification Code")
    owner.sees("Type it where you sign in, on the page that asks for the code of your trusted devices. It works once.")
    owner.looks_by_day_and_night()
    code = re.sub(r"\D", "", owner.page.locator("#device-codes .code-shown").inner_text())

    other.fills(Verification_Code=code)
    other.presses("Continue")
    other.sees("Trust this browser?")


def test_a_page_that_waits_shows_nothing_while_nobody_signs_in(owner: Person) -> None:
    owner.page.wait_for_timeout(3500)
    owner.looks()
    assert owner.page.get_by_text(ASKS).count() == 0
