"""Notifications from a sign-in to the push service, over HTTP and through the outbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.push_service import LOCAL, PushService, Subscriber, states, told
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import NOTIFICATIONS, TURN_OFF_NOTIFICATIONS, code_shown, trusted_browser
from trustweb.models import Account, Challenge, Factor, TrustedDevice


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    kit = make_kit(**LOCAL)
    kit.account(numbers=(MOBILE,))
    return kit


@pytest.fixture
def alice(service: PushService) -> Subscriber:
    return service.subscriber()


@pytest.fixture
def owner(kit: Kit, alice: Subscriber) -> Visitor:
    return trusted_browser(kit).submit(NOTIFICATIONS, subscription=alice.says)


def change(kit: Kit, table: type, **values: object) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(table).values(**values))


def test_a_sign_in_reaches_a_device_that_has_no_page_open(
    kit: Kit, service: PushService, owner: Visitor, alice: Subscriber
) -> None:
    assert "Sign-ins are shown here even when this page is closed." in owner.text
    enter_password(kit)

    (one,) = told(kit, service, alice)
    assert one == {
        "title": "Your Trustweb account is being used to sign in",
        "body": "Chrome, Linux · 127.0.0.1. Open this to allow it, or not.",
        "url": "http://localhost:8000/prompts",
    }


def test_so_does_a_change(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    other = enter_password(kit)
    owner.get("/prompts").submit("Allow")
    other.submit("Continue", verification_code=code_shown(owner))
    kit.clock.forward(minutes=11)
    other.get("/security/password").submit("Show it on my trusted devices")

    assert told(kit, service, alice)[-1]["title"] == "Your Trustweb account is about to be changed"


def test_no_code_is_in_what_is_told(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    codes = []
    for _ in range(3):
        other = enter_password(kit)
        kit.deliver()
        owner.get("/prompts").submit("Allow")
        codes.append(code_shown(owner))
        other.submit("Continue", verification_code=codes[-1])
        kit.clock.forward(minutes=11)

    words = str(told(kit, service, alice))
    assert len(service.got) == len(set(codes)) == 3
    assert [code for code in codes if len(code) != 6 or code in words] == []


def test_in_german_to_germans(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    change(kit, Account, language="de")
    enter_password(kit)

    assert told(kit, service, alice)[0]["title"] == "Mit Ihrem Trustweb-Konto meldet sich gerade jemand an"


def test_names_that_people_gave_are_not_told(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    hostile = "<b>Call 555</b>"
    change(kit, Account, display_name=hostile)
    change(kit, Factor, label=hostile)
    thief = kit.visitor()
    thief.headers["User-Agent"] = hostile
    thief.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    (one,) = told(kit, service, alice)
    assert one["body"] == "127.0.0.1. Open this to allow it, or not."
    assert "555" not in str(one)


def test_turned_off_nothing_comes(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    owner.submit(TURN_OFF_NOTIFICATIONS)
    assert "Notifications are off." in owner.text
    enter_password(kit)

    assert told(kit, service, alice) == []


ENDS = {
    "removed": lambda kit, owner: owner.get("/security/devices").submit("Remove Chrome, Linux").submit("Remove"),
    "new password": lambda kit, owner: owner.get("/security/password").submit(
        "Change password", current_password=PASSWORD, new_password=PASSWORD
    ),
    "in doubt": lambda kit, owner: change(kit, TrustedDevice, skips_code=False),
    "worn out": lambda kit, owner: change(kit, Factor, disabled_at=kit.clock.now),
    "expired": lambda kit, owner: change(kit, TrustedDevice, expires_at=kit.clock.now),
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_what_is_no_device_any_more_is_told_nothing(
    when: str, how: str, kit: Kit, service: PushService, owner: Visitor, alice: Subscriber
) -> None:
    if when == "before":
        ENDS[how](kit, owner)
    enter_password(kit)
    if when != "before":
        ENDS[how](kit, owner)

    assert told(kit, service, alice) == []


def test_the_browser_that_asks_is_not_told(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    kit.clock.forward(minutes=11)
    trusted_too = enter_password(kit)
    trusted_too.submit("Text me at +44 •••• ••••56").submit("Continue", verification_code=kit.code())
    bob = service.subscriber("bob")
    trusted_too.submit("Trust").submit(NOTIFICATIONS, subscription=bob.says)
    service.got.clear()
    kit.clock.forward(minutes=11)

    trusted_too.get("/security/password").submit("Show it on my trusted devices")

    assert told(kit, service, alice)[0]["title"] == "Your Trustweb account is about to be changed"
    assert [path for path, _, _ in service.got] == ["/push/alice"]


def test_late_or_over_it_is_dropped(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    enter_password(kit)
    kit.clock.forward(minutes=5)
    told(kit, service, alice)
    kit.clock.forward(minutes=5)
    enter_password(kit)
    owner.get("/prompts").submit("Don’t Allow")

    assert told(kit, service, alice) == []
    assert states(kit) == ["dropped", "dropped"]


def test_another_device_has_answered(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    enter_password(kit)
    with kit.core.database.writing() as work:
        phone = work.db.scalars(select(Factor.id).where(Factor.kind == "trusted_number")).one()
        work.db.execute(update(Challenge).where(Challenge.method == "device").values(factor_id=phone))

    assert told(kit, service, alice) == []


def test_three_in_ten_minutes_and_no_more(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    for _ in range(20):
        enter_password(kit)

    assert len(told(kit, service, alice)) == 3


def test_shown_again_is_told_again(kit: Kit, service: PushService, owner: Visitor, alice: Subscriber) -> None:
    other = enter_password(kit)
    kit.clock.forward(seconds=31)
    other.get("/sign-in/code").submit("Show it again")

    assert len(told(kit, service, alice)) == 2
