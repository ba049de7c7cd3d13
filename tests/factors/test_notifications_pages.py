"""Turning notifications on and off: by whom, in which browser, and for which push services."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.support.http_client import Visitor
from tests.support.kit import BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.push_service import Subscriber
from tests.support.trusted_devices import trusted_browser
from trustweb.models import JournalEntry, TrustedDevice

ON, OFF, MOVED = "/security/devices/notifications", "Turn off notifications", "/prompts/notifications"
IS_ON = "Sign-ins are shown here even when this page is closed."
REAL = "https://fcm.googleapis.com/fcm/send/"
CANNOT = "This site cannot send notifications to the service that your browser uses for them."


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return trusted_browser(kit)


def sealed(kit: Kit) -> list[str | None]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(TrustedDevice.push_to).order_by(TrustedDevice.factor_id)))


def test_on_and_off_and_in_the_journal(kit: Kit, owner: Visitor) -> None:
    owner.submit(ON, subscription=Subscriber(REAL + "x").says)
    assert "Notifications are on." in owner.text
    assert IS_ON in owner.text

    owner.submit(OFF)
    assert "Notifications are off." in owner.text
    assert IS_ON not in owner.text
    with kit.core.database.reading() as work:
        events = work.db.scalars(select(JournalEntry.event).order_by(JournalEntry.seq)).all()
    assert events[-2:] == ["notifications_on", "notifications_off"]
    assert "Notifications turned off" in owner.get("/security/activity").text


def test_twice_on_is_one_entry(kit: Kit, owner: Visitor) -> None:
    for name in "xy":
        owner.get("/security").submit(ON, subscription=Subscriber(REAL + name).says)
    owner.submit(OFF)
    owner.get("/security").post(f"{ON}/off")

    with kit.core.database.reading() as work:
        events = work.db.scalars(select(JournalEntry.event)).all()
    assert [each for each in events if "notifications" in each] == ["notifications_on", "notifications_off"]


def test_where_it_goes_is_nowhere_to_be_read(kit: Kit, owner: Visitor) -> None:
    browser = Subscriber(REAL + "capability")
    owner.submit(ON, subscription=browser.says)

    everything = kit.database_text() + owner.get("/security").body
    assert sealed(kit) != [None]
    assert "capability" not in everything
    assert browser.keys["auth"] not in everything


@pytest.mark.parametrize("said", ["", "{}", "x" * 5000, Subscriber("https://evil.example/x").says])
def test_another_place_is_refused_in_a_sentence(said: str, kit: Kit, owner: Visitor) -> None:
    owner.submit(ON, subscription=said)

    assert sealed(kit) == [None]
    if len(said) < 5000:
        assert owner.status == 422
        assert CANNOT in owner.text
        assert owner.get(ON).path == "/security"


def test_a_browser_that_is_not_trusted_gets_none(kit: Kit, owner: Visitor) -> None:
    stranger = kit.signed_in()

    assert ON not in stranger.get("/security").body
    assert stranger.post(ON, subscription=Subscriber(REAL + "x").says).status == 404
    assert stranger.post(f"{ON}/off").status == 404
    assert sealed(kit) == [None]


def test_only_the_device_of_this_browser_gets_them(kit: Kit, owner: Visitor) -> None:
    second = trusted_browser(kit)

    second.submit(ON, subscription=Subscriber(REAL + "x").says)

    assert [each is not None for each in sealed(kit)] == [False, True]
    assert IS_ON not in owner.get("/security").text
    owner.post(f"{ON}/off")
    assert [each is not None for each in sealed(kit)] == [False, True]


def test_the_key_is_on_the_page_for_the_browser(kit: Kit, owner: Visitor) -> None:
    (key,) = set(re.findall('data-push="([^"]+)"', owner.body))

    assert key == kit.core.routes["device_push"].subscribe_key()
    assert len(key) == 87
    assert "push.js" in owner.body


def test_without_a_service_there_is_nothing_to_turn_on(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(PUSH_HOSTS="none")
    kit.account(numbers=(MOBILE,))
    owner = trusted_browser(kit)

    assert "push.js" not in owner.body
    assert ON not in owner.body
    assert owner.post(ON, subscription=Subscriber(REAL + "x").says).status == 404


def test_moved_by_the_push_service_the_worker_says_so(kit: Kit, owner: Visitor) -> None:
    owner.submit(ON, subscription=Subscriber(REAL + "x").says)
    (before,) = sealed(kit)
    owner.get("/security").submit("Sign out")

    owner.get("/prompts").submit(MOVED, subscription=Subscriber(REAL + "y").says)
    (after,) = sealed(kit)
    owner.submit(MOVED, subscription=Subscriber("https://evil.example/x").says)

    assert None is not after != before
    assert sealed(kit) == [after]


def test_what_is_off_does_not_move(kit: Kit, owner: Visitor) -> None:
    owner.get("/prompts").submit(MOVED, subscription=Subscriber(REAL + "x").says)

    assert sealed(kit) == [None]


def test_nobody_moves_the_browser_of_another(kit: Kit, owner: Visitor) -> None:
    owner.submit(ON, subscription=Subscriber(REAL + "x").says)
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    before = sealed(kit)
    bob = kit.signed_in(BOB, number=OTHER_MOBILE).submit("Trust")

    bob.get("/prompts").submit(MOVED, subscription=Subscriber(REAL + "y").says)

    assert sealed(kit) == [*before, None]


def test_the_worker_is_served_from_the_top_and_kept_by_nobody(kit: Kit) -> None:
    answer = kit.visitor().get("/service-worker.js").answer

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
