"""After three denied sign-ins the trusted devices are not asked for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.support.http_client import Visitor
from tests.support.journal_kit import journal_events
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.notices import notice_text
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import (
    ASKED_TOO_OFTEN,
    ENTER_SHOWN_CODE,
    PROMPT,
    THREE_DENIED,
    code_shown,
    trusted_browser,
)
from trustweb.codes import denials, limits
from trustweb.codes.limits import TooOften
from trustweb.database import Database


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return trusted_browser(kit)


def denied(kit: Kit, owner: Visitor, times: int = 3, *, asking: Visitor | None = None) -> None:
    """Deny sign-ins that somebody begins, a little later each time."""
    for _ in range(times):
        enter_password(kit) if asking is None else known(asking)
        owner.get("/prompts").submit("Don’t Allow")
        kit.clock.forward(minutes=11)


def known(visitor: Visitor) -> Visitor:
    return visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def test_after_three_denials_the_devices_are_left_alone(kit: Kit, owner: Visitor) -> None:
    denied(kit, owner)

    stranger = enter_password(kit)

    assert PROMPT not in owner.get("/prompts").text
    assert f"{ASKED_TOO_OFTEN} 19 minutes: press “Get a Verification Code” on one of them" in stranger.text
    assert "Text me at +44 •••• ••••56" in stranger.buttons
    assert [each for each in stranger.page.all("details") if "open" in each.attributes]


def test_three_at_once_are_three(kit: Kit, owner: Visitor) -> None:
    for _ in range(3):
        enter_password(kit)
    for _ in range(3):
        owner.get("/prompts").submit(owner.page.all("form")[owner.buttons.index("Don’t Allow")].get("action"))

    kit.clock.forward(minutes=29)

    assert f"{ASKED_TOO_OFTEN} 60 seconds" in enter_password(kit).text


def test_one_or_two_may_be_a_mistake(kit: Kit, owner: Visitor) -> None:
    denied(kit, owner, 2)

    assert ENTER_SHOWN_CODE in enter_password(kit).text
    assert THREE_DENIED not in notice_text(kit)


def again_at(kit: Kit, account: int) -> datetime:
    """Return when strangers may ask the devices again. To ask counts."""
    try:
        with kit.core.database.writing() as work:
            limits.hit(work, *denials.asking(work, account, False))
    except TooOften as refused:
        return refused.again_at
    return kit.clock.now


def test_each_pause_is_twice_as_long_up_to_a_day(kit: Kit) -> None:
    account, pauses = kit.account().id, []
    for _ in range(12):
        with kit.core.database.writing(account) as work:
            denials.count(work, account, False)
        pauses.append((again_at(kit, account) - kit.clock.now).total_seconds() / 60)
        kit.clock.now += timedelta(minutes=pauses[-1])

    assert pauses == [0, 0, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440, 1440]


def test_a_known_browser_is_not_shut_out_by_strangers(kit: Kit, owner: Visitor) -> None:
    browser = kit.signed_in().submit("Sign out")
    denied(kit, owner)

    assert ENTER_SHOWN_CODE in known(browser).text
    assert PROMPT in owner.get("/prompts").text


def test_nor_are_strangers_by_a_known_browser_which_is_left_alone_too(kit: Kit, owner: Visitor) -> None:
    browser = kit.signed_in().submit("Sign out")
    denied(kit, owner, asking=browser)

    assert ASKED_TOO_OFTEN in known(browser).text
    assert ENTER_SHOWN_CODE in enter_password(kit).text


def test_what_is_allowed_was_the_owner(kit: Kit, owner: Visitor) -> None:
    denied(kit, owner, 2)
    enter_password(kit)
    owner.get("/prompts").submit("Allow")
    kit.clock.forward(minutes=11)
    denied(kit, owner, 2)

    assert ENTER_SHOWN_CODE in enter_password(kit).text


def test_so_was_who_proved_it_otherwise(kit: Kit, owner: Visitor) -> None:
    denied(kit, owner)
    enter_password(kit).submit("Text me").submit("Continue", verification_code=kit.code())

    assert ENTER_SHOWN_CODE in enter_password(kit).text


def test_a_code_of_the_device_is_still_good(kit: Kit, owner: Visitor) -> None:
    denied(kit, owner)
    stranger = enter_password(kit)

    code = code_shown(owner.get("/prompts").submit("Get a Verification Code"))

    assert stranger.submit("Continue", verification_code=code).path == "/security"


def test_it_is_told_after_the_third_and_once_a_day(kit: Kit, owner: Visitor) -> None:
    denied(kit, owner, 2)
    assert THREE_DENIED not in notice_text(kit)
    for _ in range(4):
        denied(kit, owner, 1)
        kit.clock.forward(hours=5)
    assert (notice_text(kit).count(THREE_DENIED), journal_events(kit).count("sign_ins_denied")) == (1, 1)

    kit.clock.forward(hours=5)
    denied(kit, owner, 1)

    assert (notice_text(kit).count(THREE_DENIED), journal_events(kit).count("sign_ins_denied")) == (2, 2)
    assert "Sign-ins were not allowed three times or more" in kit.signed_in().get("/security/activity").text


def test_what_is_a_week_old_is_forgotten(kit: Kit, owner: Visitor) -> None:
    denied(kit, owner, 2)

    kit.clock.forward(days=7)
    denied(kit, owner, 1)

    assert ENTER_SHOWN_CODE in enter_password(kit).text


@pytest.fixture
def restart(kit: Kit) -> Iterator[Database]:
    before = kit.core.database
    after = Database(before.config, before.keys, kit.clock)
    yield after
    kit.core.database = before
    after.close()


def test_a_restart_and_tidying_forget_nothing(kit: Kit, owner: Visitor, restart: Database) -> None:
    denied(kit, owner)

    kit.core.sender.tidy()
    kit.core.database = restart

    assert ASKED_TOO_OFTEN in enter_password(kit).text


def test_devices_that_nobody_looks_at_are_asked_twenty_times_a_day(kit: Kit) -> None:
    account, moments = kit.account().id, []
    for _ in range(24 * 6):
        if again_at(kit, account) == kit.clock.now:
            moments.append(kit.clock.now)
        kit.clock.forward(minutes=10)

    assert len(moments) == 20
    assert again_at(kit, account) == kit.clock.now
