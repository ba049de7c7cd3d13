"""Every way in which a carrier fails, and what the person sees of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.carrier import Carrier
from tests.support.crowd import COUNTRIES, MOBILES, Desk, desk_of, press
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE
from tests.support.site import Site

WORD = {"text": "Text", "call": "Call"}
OTHER = {"text": "Call me", "call": "Text me"}
PATH = {"text": "/sms/json", "call": "/v1/calls"}
# Those that lead to another attempt come last: while the others are being sent, none of theirs is in the way.
AT_ONCE = ["early", "late:1", "twice", "reversed"]
UNSURE = ["silent"]
OTHER_WAY = ["status:401", "status:404", "reject-receipt:rejected", "status:429:700"]
LATER = ["status:429:3", "status:500", "status:503", "body:{}", "body:<html>", "drop", "hang"]
TWICE = ["lost", "drip"]
FAULTS = [(method, fault) for method in WORD for fault in AT_ONCE + UNSURE + OTHER_WAY]
FAULTS += [("text", "refuse:15"), ("text", "refuse:33"), ("call", "refuse"), ("call", "reject-receipt:machine")]
FAULTS += [("text", "refuse:5"), ("text", "partial:1")]
FAULTS += [(method, fault) for method in WORD for fault in LATER + TWICE]


@dataclass
class Story:
    """The pages that one person saw, each with its time since the click."""

    visitor: Visitor
    number: str
    seen: list[str] = field(default_factory=list)

    def look(self) -> bool:
        """Ask for news as the page does; False when the page does not ask any more."""
        word = state(self.visitor)
        if self.seen[-1:] != [word]:
            self.seen.append(word)
        trail = self.visitor.page.one("#code-status")
        if self.visitor.status == 286 or trail is None or not trail.get("hx-trigger"):
            return False
        self.visitor.poll()
        return True


def state(visitor: Visitor) -> str:
    if "We keep trying." in visitor.text:
        return "trying"
    if "could not be" in visitor.text:
        return "failed"
    return ["", "sending", "sent", "delivered"][visitor.body.count('class="done"')]


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"SWEEP": "1", "LEASE": "3", "WORKER_THREADS": "8", "COUNTRIES": ",".join(COUNTRIES)}
    named = {f"TRUSTWEB_{name}": value for name, value in settings.items()}
    with Site(tmp_path_factory.mktemp("faults") / "instance", carrier.settings | named, threads=8) as site:
        yield site


@pytest.fixture(scope="module")
def desk(site: Site) -> Iterator[Desk]:
    with desk_of(site) as desk:
        yield desk


def ask(desk: Desk, number: str) -> Visitor:
    """A person with two numbers, so that nothing is sent before a click."""
    desk.account(f"{number}@example.com", numbers=(number, MOBILE))
    return desk.arrive(f"{number}@example.com", htmx=True)


def send(carrier: Carrier, visitor: Visitor, number: str, method: str) -> Story:
    posts = carrier.posts.count(PATH[method])
    story = Story(visitor, number)
    press(visitor, number, WORD[method])
    until(lambda: carrier.posts.count(PATH[method]) > posts)
    return story


def until(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture(scope="module")
def stories(desk: Desk, carrier: Carrier) -> dict[tuple[str, str], Story]:
    """Every fault happens once, to one person each, side by side: most of it is waiting."""
    people = [ask(desk, number) for number in MOBILES[: len(FAULTS) + 2]]
    for method in WORD:  # the first message of a process loads the SDK
        send(carrier, people.pop(), MOBILES[len(FAULTS) + len(people) % 2], method)
    told = {}
    for (method, fault), visitor, number in zip(FAULTS, people, MOBILES, strict=False):
        carrier.fault(method, fault, times=1, number=number)
        told[method, fault] = send(carrier, visitor, number, method)
    deadline = time.monotonic() + 20
    asking = list(told.values())
    while time.monotonic() < deadline and len(asking) > 2 * len(UNSURE):
        asking = [story for story in asking if story.look()]
        time.sleep(0.1)
    return told


def each(*faults: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("method", "fault"), [pair for pair in FAULTS if pair[1] in faults])


Stories = dict[tuple[str, str], Story]


@each(*AT_ONCE)
def test_odd_reports_still_say_delivered(
    method: str, fault: str, stories: Stories, desk: Desk, carrier: Carrier
) -> None:
    story = stories[method, fault]

    assert story.seen[-1] == "delivered"
    assert len(carrier.wait_for(story.number, method)) == 1
    assert [row.attempts for row in desk.deliveries(story.number)] == [1]


@each(*UNSURE)
def test_without_reports_the_page_says_sent_and_no_more(method: str, fault: str, stories: Stories) -> None:
    assert stories[method, fault].seen[-1] == "sent"


@each(*OTHER_WAY, "refuse", "refuse:15", "refuse:33", "reject-receipt:machine")
def test_a_final_no_offers_the_other_way_after_one_attempt(
    method: str, fault: str, stories: Stories, desk: Desk
) -> None:
    story = stories[method, fault]

    assert story.seen[-1] == "failed"
    assert "Please try the other way or another number." in story.visitor.text
    assert OTHER[method] in story.visitor.get("/sign-in/code").buttons
    assert [row.attempts for row in desk.deliveries(story.number)] == [1]


@each(*LATER, "refuse:5", "partial:1")
def test_a_passing_fault_is_said_and_the_code_arrives(
    method: str, fault: str, stories: Stories, carrier: Carrier
) -> None:
    story = stories[method, fault]

    messages = carrier.wait_for(story.number, method)
    assert len(messages) == 1
    assert "trying" in story.seen
    assert story.seen[-1] == "delivered"
    assert story.visitor.get("/sign-in/code").submit("Continue", verification_code=messages[0].code).path == "/security"


@each(*TWICE)
def test_a_message_that_may_be_lost_is_sent_again_with_the_same_code(
    method: str, fault: str, stories: Stories, carrier: Carrier
) -> None:
    story = stories[method, fault]

    messages = carrier.wait_for(story.number, method, count=2)

    assert len(messages) == 2
    assert len({sent.code for sent in messages}) == 1
    assert story.seen[-1] == "delivered"


@pytest.mark.parametrize("method", WORD)
def test_the_carriers_waiting_time_is_kept(method: str, stories: Stories, desk: Desk, carrier: Carrier) -> None:
    story = stories[method, "status:429:3"]

    row = desk.deliveries(story.number)[0]

    assert row.attempts >= 2  # a busy machine may let an answer come too late, and then there is one more
    assert 3 <= (carrier.wait_for(story.number, method)[0].at - row.created_at).total_seconds() < 10


def test_one_attempt_is_one_request(stories: Stories, desk: Desk, carrier: Carrier) -> None:
    attempts = sum(row.attempts for number in MOBILES for row in desk.deliveries(number))

    assert len(carrier.posts) <= attempts  # a connection that never came about was an attempt too


def test_a_carrier_that_hangs_for_texts_holds_up_no_requests_and_no_calls(carrier: Carrier, tmp_path: Path) -> None:
    carrier.forget()
    carrier.fault("text", "hang")
    settings = carrier.settings | {"TRUSTWEB_COUNTRIES": ""}
    with Site(tmp_path / "instance", settings) as site, desk_of(site) as desk:
        people = [(number, ask(desk, number)) for number in MOBILES[:5]]

        began = time.monotonic()
        for number, visitor in people[:4]:
            press(visitor, number, "Text").poll()
        assert time.monotonic() - began < 15  # a text holds its thread for 24 seconds
        until(lambda: len(carrier.posts) > 0)
        press(people[4][1], people[4][0], "Call")

        assert carrier.wait_for(people[4][0], "call", timeout=15)
        carrier.heal()
