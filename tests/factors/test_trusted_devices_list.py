"""The list of trusted devices, and the polling of a page that waits."""

from __future__ import annotations

import re

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import PROMPT, trusted_browser
from trustweb.models import SignInSession


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return trusted_browser(kit)


def test_a_poll_says_nothing_when_nothing_is_new(kit: Kit, owner: Visitor) -> None:
    client = owner._wire.client  # type: ignore[union-attr]
    ask = {"base_url": "http://localhost:8000", "headers": {"HX-Request": "true"}}
    assert client.get("/prompts", **ask).status_code == 204
    enter_password(kit)

    first = client.get("/prompts", **ask)
    again = re.search(r'hx-get="([^"]+)"', first.text)

    assert PROMPT in first.text
    assert again
    assert client.get(again[1], **ask).status_code == 204


def test_a_poll_keeps_no_session_alive(kit: Kit, owner: Visitor) -> None:
    client = owner._wire.client  # type: ignore[union-attr]
    for _ in range(13):
        kit.clock.forward(minutes=5)
        client.get("/prompts", base_url="http://localhost:8000", headers={"HX-Request": "true"})

    assert owner.get("/security").path == "/sign-in"


def test_a_browser_that_is_trusted_no_more_stops_asking(kit: Kit, owner: Visitor) -> None:
    kit.clock.forward(days=31)
    client = owner._wire.client  # type: ignore[union-attr]

    answer = client.get("/prompts", base_url="http://localhost:8000", headers={"HX-Request": "true"})

    assert answer.status_code == 286
    assert owner.cookie("trustweb-devices") is None


def test_a_device_has_the_name_that_its_owner_gives(kit: Kit, owner: Visitor) -> None:
    device = re.search(r"/security/devices/([\w-]+)/change", owner.get("/security/devices").body)
    assert device
    assert "Chrome, Linux" in owner.text
    assert "This device" in owner.text

    owner.get(f"/security/devices/{device[1]}/change").submit("Save", name='<script>"Kitchen"')

    assert '<script>"Kitchen"' in owner.text


def test_signing_out_everywhere_leaves_this_session(kit: Kit, owner: Visitor) -> None:
    other = kit.signed_in()

    owner.get("/security/devices").submit("Sign out everywhere else")

    assert "You are signed out everywhere else." in owner.text
    assert other.get("/security").path == "/sign-in"
    with kit.core.database.reading() as work:
        assert work.db.query(SignInSession).filter(SignInSession.ended_at.is_(None)).count() == 1


def test_a_young_device_removes_nothing_older(kit: Kit, owner: Visitor) -> None:
    kit.clock.forward(days=2)
    owner.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    thief = enter_password(kit).submit("Text me at +44 •••• ••••56")
    thief.submit("Continue", verification_code=kit.code()).submit("Trust").submit("Sign out")
    thief.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    devices = re.findall(r"/security/devices/([\w-]+)/remove", thief.get("/security/devices").body)

    refused = thief.get(f"/security/devices/{devices[0]}/remove")

    assert "This cannot be removed yet." in refused.text


def test_too_many_prompts_are_refused_with_the_way_that_is_left(kit: Kit, owner: Visitor) -> None:
    last = [enter_password(kit) for _ in range(4)][-1]
    assert "You can send a new code in 10 minutes. Show it on my trusted devices" in last.text
    assert last.buttons == ["Continue", "Text me at +44 •••• ••••56", "Call me at +44 •••• ••••56", "Cancel"]

    seen = re.search(r'name="seen" value="([^"]+)"', last.body)
    assert seen
    last.post("/sign-in/code/send", number="", method="device", seen=seen[1])

    assert last.status == 429
    assert "You can send a new code in 10 minutes." in last.text


def test_a_question_that_was_open_for_long_says_so(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    for node in visitor.page.all("input"):
        if node.get("name") == "csrf_token":
            node.attributes |= {"value": "old"}

    visitor.submit("Trust")

    assert visitor.status == 422
    assert "This page was open for a long time." in visitor.text


def test_what_happened_to_a_device_is_said_and_focus_is_not_lost(kit: Kit, owner: Visitor) -> None:
    owner.htmx = True
    device = re.search(r"/security/devices/([\w-]+)/change", owner.get("/security/devices").body)
    assert device
    path = f"/security/devices/{device[1]}/change"

    owner.submit("Change Chrome, Linux").submit("Save", name="Kitchen")

    said = owner.page.one("#said")
    assert said is not None
    assert "The change is saved." in owner.text
    assert re.search(rf'action="{path}"[^>]*>.{{0,400}}?autofocus', owner.body, re.S)


def test_a_trusted_browser_is_not_offered_to_be_trusted_again(owner: Visitor) -> None:
    assert "Trust this browser" not in owner.get("/security/devices").text


def test_with_a_trusted_device_the_numbers_say_that_they_come_second(owner: Visitor) -> None:
    assert "When no trusted device is at hand, a code comes" in owner.get("/security").text
