"""Many sign-ins at once with the right password: few are shown, and none goes unnoticed."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from tests.support.push_service import LOCAL, PushService, told
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import NOTIFICATIONS, PROMPT, code_shown, trusted_browser
from trustweb.models import Challenge, JournalEntry

EVERY = 31
"""Seconds between two of twenty: each finds a new code on the device, and all are there within ten minutes."""


def enters(kit: Kit, owner: Visitor) -> int:
    """Sign in elsewhere with a code of the device; how many sign-ins the device showed meanwhile."""
    kit.clock.forward(seconds=EVERY)
    other = enter_password(kit)
    seen = owner.get("/prompts").text.count(PROMPT)
    code = code_shown(owner.submit("Get a Verification Code"))
    assert other.submit("Continue", verification_code=code).path == "/security"
    return seen


def test_of_twenty_sign_ins_three_are_shown_and_all_are_in_the_journal(
    make_kit: Callable[..., Kit], service: PushService
) -> None:
    kit, alice = make_kit(**LOCAL), service.subscriber()
    kit.account(numbers=(MOBILE,))
    owner = trusted_browser(kit).submit(NOTIFICATIONS, subscription=alice.says)

    seen = [enters(kit, owner) for _ in range(20)]

    assert seen == [1, 1, 1] + [0] * 17
    with kit.core.database.reading() as work:
        methods = work.execute(select(JournalEntry.details).where(JournalEntry.event == "signed_in")).scalars()
    assert [each for each in methods if '"device"' in str(each)] == methods[1:]
    assert len(methods[1:]) == 20
    assert len(told(kit, service, alice)) <= 3


def test_of_twenty_that_wait_three_are_shown_and_each_answer_is_in_the_journal(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = trusted_browser(kit)
    for _ in range(20):
        enter_password(kit)
        kit.clock.forward(seconds=1)
    assert owner.get("/prompts").text.count(PROMPT) == 3

    while "Don’t Allow" in owner.buttons:
        owner.submit(owner.page.all("form")[owner.buttons.index("Don’t Allow")].get("action"))

    with kit.core.database.reading() as work:
        events = work.execute(select(JournalEntry.event)).scalars()
        asked = work.execute(select(func.count()).where(Challenge.method == "device")).scalar_one()
    assert (events.count("prompt_denied"), asked) == (3, 20)
