"""Notifications in a real browser: turned on there, shown by its service worker, and opening the sign-in."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.push_service import LOCAL, PushService, Subscriber
from tests.support.site import Site
from tests.support.story import Story, invitation

ASKS = "Your account is being used to sign in"
OFFER = "Show sign-ins here even when this page is closed."
IS_ON = "Sign-ins are shown here even when this page is closed."
ON, OFF = "Turn on notifications", "Turn off notifications"
DENIED = "Your browser does not let this site show notifications. You can change that in the settings of your browser."
FAILED = "Notifications could not be turned on. Please check that you are online, and try again."

# Only the way to the maker's push service is missing on a machine of tests.
SUBSCRIBES = """(() => {
  const made = (key) => ({ options: { applicationServerKey: key }, toJSON: () => (SAYS) });
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    localStorage.subscribedWith = Array.from(applicationServerKey).join();
    return made(applicationServerKey);
  };
  PushManager.prototype.getSubscription = async () =>
    localStorage.subscribedWith ? made(Uint8Array.from(localStorage.subscribedWith.split(","))) : null;
})()"""
SHOWN = "async () => (await registration.getNotifications()).map((each) => [each.title, each.body])"
# A window is opened for a finger only.
CLICK = """async () => {
  const opened = new Promise((done) => { clients.openWindow = async (url) => done(String(url)); });
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
  return opened;
}"""
# Some browsers say where to, others leave it to the worker to subscribe anew.
MOVES = """([said, where]) => new Promise((done) => {
  const event = new ExtendableEvent("pushsubscriptionchange");
  if (where) event.newSubscription = JSON.parse(said);
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    self.key = applicationServerKey;
    return JSON.parse(said);
  };
  const ask = fetch;
  self.fetch = async (...what) => {
    const answer = await ask(...what);
    if (what[1]) done(self.key);
    return answer;
  };
  dispatchEvent(event);
})"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with PushService() as service:
        yield service


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = carrier.settings | LOCAL | {"TRUSTWEB_PROMPTS": "20/600"}
    with Site(tmp_path_factory.mktemp("notifications") / "instance", settings) as site:
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


@pytest.fixture
def alice(service: PushService) -> Subscriber:
    return service.subscriber()


@pytest.fixture
def owner(site: Site, chromium: Browser, trusted: object, alice: Subscriber) -> Iterator[Person]:
    person = Person(chromium, site.url, state=trusted)
    person.context.grant_permissions(["notifications"])
    person.context.add_init_script(SUBSCRIBES.replace("SAYS", alice.says))
    person.opens("/security")
    yield person
    person.leaves()


def turns_on(owner: Person) -> None:
    owner.sees(OFFER)
    owner.presses(ON)
    owner.sees("Notifications are on. Sign-ins appear here even when this page is closed.")
    owner.sees(IS_ON)


@pytest.fixture
def other(site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Callable[[], Person]]:
    """A function that signs in from another browser."""
    person = Person(chromium, site.url, width=360)

    def signs_in() -> Person:
        person.opens("/sign-in")
        Story(person, carrier).gives_the_password()
        person.sees("Enter the code shown on your trusted devices.")
        return person

    yield signs_in
    person.opens("/sign-in/code")
    if person.button("Cancel").count():  # or the next test would see two
        person.presses("Cancel")
    person.leaves()


def posted(service: PushService, count: int) -> bytes:
    """Wait until the push service got so many messages, and return the last one’s body."""
    end = time.monotonic() + 60
    while len(service.got) < count and time.monotonic() < end:
        time.sleep(0.05)
    return service.got[count - 1][2]


def delivers(owner: Person, told: dict[str, str]) -> list[list[str]]:
    """Let the browser's own tools deliver it to the service worker, and say what that shows."""
    found: list[dict[str, Any]] = []
    tools = owner.context.new_cdp_session(owner.page)
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    tools.send("ServiceWorker.enable")
    while not found:
        owner.page.wait_for_timeout(50)
    which = {"origin": owner.url, "registrationId": found[-1]["registrationId"]}
    tools.send("ServiceWorker.deliverPushMessage", which | {"data": json.dumps(told)})
    while not (shown := owner.context.service_workers[0].evaluate(SHOWN)):
        owner.page.wait_for_timeout(50)
    return list(shown)


def test_told_while_no_page_is_open_it_opens_the_sign_in(
    owner: Person, other: Callable[[], Person], service: PushService, alice: Subscriber
) -> None:
    turns_on(owner)
    owner.looks_by_day_and_night()
    owner.page.goto("about:blank")
    before = len(service.got)
    elsewhere = other()
    told = alice.opens(posted(service, before + 1))

    assert delivers(owner, told) == [["Your Trustweb account is being used to sign in", told["body"]]]
    owner.opens(owner.context.service_workers[0].evaluate(CLICK))
    assert owner.page.url == f"{owner.url}/prompts"
    owner.sees(ASKS)
    owner.presses("Allow")
    code = re.sub(r"\D", "", owner.page.locator(".code-shown").inner_text())
    elsewhere.fills(Verification_Code=code)
    elsewhere.presses("Continue")
    elsewhere.sees("Trust this browser?")


@pytest.mark.parametrize("says_where", [True, False])
def test_where_the_push_service_moves_it_the_next_one_goes_there(
    says_where: bool, owner: Person, other: Callable[[], Person], service: PushService
) -> None:
    key = owner.page.locator("form[data-push]").get_attribute("data-push")
    turns_on(owner)
    moved, before = service.subscriber("moved"), len(service.got)

    asked = owner.context.service_workers[0].evaluate(MOVES, [moved.says, says_where])
    assert asked == (None if says_where else key)
    other()

    assert moved.opens(posted(service, before + 1))["url"] == f"{owner.url}/prompts"
    assert service.got[-1][0] == "/push/moved"


def test_turned_off_and_offered_again(owner: Person) -> None:
    turns_on(owner)
    owner.presses("Manage trusted devices")
    owner.presses("Done with trusted devices")
    owner.sees(IS_ON)
    expect(owner.page.get_by_text(OFFER)).to_be_hidden()

    owner.presses(OFF)
    owner.sees("Notifications are off. Sign-ins appear here while this page is open.")
    owner.sees(OFFER)
    expect(owner.page.get_by_text(IS_ON)).to_have_count(0)


def test_what_the_browser_has_lost_is_offered_again(owner: Person) -> None:
    turns_on(owner)
    owner.page.evaluate("localStorage.clear()")
    owner.page.reload()

    owner.sees(OFFER)
    expect(owner.page.get_by_text(IS_ON)).to_be_hidden()
    owner.presses(ON)
    owner.sees(IS_ON)
    owner.presses(OFF)


def test_a_browser_that_shows_none_says_so(site: Site, chromium: Browser, trusted: object) -> None:
    person = Person(chromium, site.url, state=trusted, width=360, scheme="dark")
    person.opens("/security")
    person.presses(ON)

    person.sees(DENIED)
    person.leaves()


def test_without_the_makers_push_service_it_says_so(site: Site, chromium: Browser, trusted: object) -> None:
    person = Person(chromium, site.url, state=trusted)
    person.context.grant_permissions(["notifications"])
    person.opens("/security")
    person.presses(ON)

    expect(person.says(FAILED)).to_be_visible()
    assert "Push API" in person.errors.pop()  # Chromium's own words
    person.looks()
    person.leaves()


def test_without_javascript_nothing_is_offered(site: Site, chromium: Browser, trusted: object) -> None:
    person = Person(chromium, site.url, state=trusted, javascript=False)
    person.opens("/security")

    person.looks()
    expect(person.page.get_by_text(OFFER)).to_be_hidden()
    person.leaves()
