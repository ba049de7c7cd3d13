"""The card *Signed In With This Account* in a real browser: looked at, and used to leave a service."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.support.app_listener import AppListener
from tests.support.at_services import add, sign_in_to
from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import Story, invitation, writing
from trustweb import accounts
from trustweb.work import Work

CARD, MANAGE = "Signed In With This Account", "Manage services"
SIGN_OUT, WITHDRAW = "Sign out of %(name)s", "Withdraw what %(name)s may read"
BROWSERS = {
    "wide": (1280, True, "en-GB"),
    "narrow": (360, True, "en-GB"),
    "narrowest-german": (320, True, "de-DE"),
    "no-javascript": (1280, False, "en-GB"),
}
LONG = "W" * 64
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    patience = {"TRUSTWEB_UNPROVED_SENDS": "20/86400"}
    with Site(tmp_path_factory.mktemp("services") / "instance", carrier.settings | patience) as site:
        yield site


@pytest.fixture(params=BROWSERS)
def person(request: pytest.FixtureRequest, site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Person]:
    """Somebody who is signed in to an app, a site, and two services with names that are hard to show."""
    width, javascript, locale = BROWSERS[request.param]
    carrier.forget()
    person = Person(chromium, site.url, width=width, javascript=javascript, locale=locale)
    story, name = Story(person, carrier), f"{uuid4().hex}@example.com"
    story.sets_up(invitation(site), name)
    story.asks_for_a_code("07400 123456")
    story.types(story.code("+447400123456"))
    person.sees("Only one number.")
    with writing(site) as work:
        go_everywhere(work, name)
    yield person
    person.leaves()


def go_everywhere(work: Work, name: str) -> None:
    found = accounts.find(work, name)
    assert found
    sign_in_to(work, found.id, scopes="openid profile email groups offline_access")
    sign_in_to(work, found.id, "wiki", "browser")
    sign_in_to(work, found.id, "long", "browser", title=LONG)
    sign_in_to(work, found.id, "hostile", "browser", title=HOSTILE)
    add(work, "mail", program=True)


def test_the_card_is_good_to_look_at_and_so_are_its_panels(person: Person) -> None:
    person.opens("/security")
    person.sees(CARD)
    person.presses(MANAGE)
    person.sees("May read:")
    person.looks_by_day_and_night()
    for question, name in ((SIGN_OUT, "Photos"), (WITHDRAW, "Photos"), (SIGN_OUT, LONG), (SIGN_OUT, HOSTILE)):
        person.presses(question, name=name)
        person.sees(f"{question}?", name=name)
        person.looks_by_day_and_night()
        person.presses("Cancel")
        expect(person.button(question, name=name)).to_be_visible()


def test_signing_out_says_what_the_app_has_heard(site: Site, person: Person) -> None:
    with AppListener() as listener:
        with writing(site) as work:
            add(work, "photos", logout_uri=listener.uri)
        listener.may_answer.clear()
        person.opens("/security/services")
        person.presses(SIGN_OUT, name="Photos")
        person.sees(f"{SIGN_OUT}?", name="Photos")
        person.presses(SIGN_OUT, name="Photos")
        expect(person.says("The app is being told.")).to_be_visible()
        listener.wait_for(1)
        listener.may_answer.set()
        person.sees("You are signed out of %(name)s.", name="Photos")
        looks_until_it_has_heard(person)


def looks_until_it_has_heard(person: Person) -> None:
    """Wait as the page does by itself with JavaScript, and by hand without."""
    heard = person.says("The app has heard of it.")
    again = person.page.get_by_role("link", name="Look again")
    for _ in range(10 if not person.javascript else 0):
        if heard.count():
            break
        again.click()
        person.page.wait_for_load_state()
    person.sees("The app has heard of it.")


def test_withdrawing_signs_out_and_leaves_the_list(person: Person) -> None:
    person.opens("/security/services")
    person.presses(WITHDRAW, name="Photos")
    person.sees("The next time that you sign in there, you are asked again.")
    person.presses("Withdraw")
    person.sees("%(name)s may read nothing of your account any more, and you are signed out there.", name="Photos")

    expect(person.page.locator("#services .rows").get_by_text("Photos")).to_have_count(0)


@pytest.mark.parametrize("person", ["narrow"], indirect=True)
def test_it_all_goes_by_keyboard_and_the_focus_is_not_lost(person: Person) -> None:
    person.opens("/security")
    keys = person.page.keyboard
    person.button(MANAGE).focus()
    keys.press("Enter")
    expect(person.button("Done with services")).to_be_focused()
    person.button(SIGN_OUT, name="Wiki").focus()
    keys.press("Enter")
    expect(person.page.get_by_role("heading", name="Sign out of Wiki?")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    person.sees("You are signed out of %(name)s.", name="Wiki")

    expect(person.button("Done with services")).to_be_focused()
