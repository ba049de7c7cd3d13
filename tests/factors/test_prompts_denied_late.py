"""A denial after the sign-in was cancelled, replaced or expired: it counts, and once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.http_client import Visitor
from tests.support.journal_kit import journal_events
from tests.support.kit import EVE, MOBILE, OTHER_MOBILE, Kit
from tests.support.notices import notice_text
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import ASKED_TOO_OFTEN, ENTER_SHOWN_CODE, THREE_DENIED, trusted_browser

Act = Callable[[Kit, Visitor], object]
ENDED, OVER = "That sign-in is ended. Whoever it was knows the password", "That sign-in is over."


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return trusted_browser(kit)


def cancelled(kit: Kit, stranger: Visitor) -> None:
    stranger.submit("Cancel")


def replaced(kit: Kit, stranger: Visitor) -> None:
    stranger.submit("Text me")


def expired(kit: Kit, stranger: Visitor) -> None:
    kit.clock.forward(minutes=6)


def shown_again(kit: Kit, stranger: Visitor) -> None:
    for _ in range(2):  # the first keeps the sign-in's question, with another code
        kit.clock.forward(minutes=6)
        stranger.submit("Show it again")


ways = pytest.mark.parametrize("act", [cancelled, replaced, expired, shown_again])


def late(kit: Kit, owner: Visitor, act: Act) -> tuple[Visitor, str]:
    """Return the stranger, and the address at which a page that is out of date denies the sign-in."""
    stranger = enter_password(kit)
    denying = owner.get("/prompts").page.all("form")[owner.buttons.index("Don’t Allow")].get("action")
    act(kit, stranger)
    return stranger, denying


@ways
def test_three_of_them_leave_the_devices_alone(kit: Kit, owner: Visitor, act: Act) -> None:
    for _ in range(3):
        _, denying = late(kit, owner, act)
        assert ENDED in owner.post(denying).text
        kit.clock.forward(minutes=11)

    assert ASKED_TOO_OFTEN in enter_password(kit).text
    assert THREE_DENIED in notice_text(kit)
    assert journal_events(kit).count("prompt_denied") == 3


@ways
def test_it_ends_a_sign_in_that_still_waits(kit: Kit, owner: Visitor, act: Act) -> None:
    stranger, denying = late(kit, owner, act)
    owner.post(denying)

    assert stranger.get("/sign-in/code").path == "/sign-in"


@ways
def test_a_second_click_and_a_second_device_count_no_more(kit: Kit, owner: Visitor, act: Act) -> None:
    with_two = trusted_browser(kit)
    kit.clock.forward(minutes=11)
    for _ in range(2):
        _, denying = late(kit, owner, act)
        owner.post(denying)
        kit.clock.forward(minutes=11)
        assert OVER in owner.post(denying).text
        assert OVER in with_two.get("/prompts").post(denying).text

    assert ENTER_SHOWN_CODE in enter_password(kit).text
    assert journal_events(kit).count("prompt_denied") == 2


def test_whoever_proved_it_is_not_denied_any_more(kit: Kit, owner: Visitor) -> None:
    stranger, denying = late(kit, owner, replaced)
    stranger.submit("Continue", verification_code=kit.code())

    assert OVER in owner.post(denying).text
    assert stranger.get("/security").path == "/security"
    assert "prompt_denied" not in journal_events(kit)


def test_who_cancels_their_own_sign_ins_is_asked_as_before(kit: Kit, owner: Visitor) -> None:
    for _ in range(3):
        late(kit, owner, cancelled)
        kit.clock.forward(minutes=11)

    assert ENTER_SHOWN_CODE in enter_password(kit).text


def test_nobody_denies_for_another_account(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    eve = kit.signed_in(EVE, number=OTHER_MOBILE).submit("Trust")
    _, denying = late(kit, owner, cancelled)

    assert OVER in eve.get("/prompts").post(denying).text
    assert "prompt_denied" not in journal_events(kit)


@pytest.mark.parametrize("proved", [False, True])
def test_a_change_that_was_taken_back_ends_who_asked_unless_it_was_proved(
    kit: Kit, owner: Visitor, proved: bool
) -> None:
    other, _ = late(kit, owner, replaced)
    other.submit("Continue", verification_code=kit.code())
    kit.clock.forward(minutes=11)
    other.get("/security/password").submit("Show it on my trusted devices")
    denying = owner.get("/prompts").page.all("form")[owner.buttons.index("Don’t Allow")].get("action")
    other.submit("Text me")
    if proved:
        other.submit("Continue", verification_code=kit.code())

    assert (OVER if proved else ENDED) in owner.post(denying).text
    assert other.get("/security").path == ("/security" if proved else "/sign-in")
