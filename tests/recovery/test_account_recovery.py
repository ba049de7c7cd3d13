"""Account recovery: the wait, which no clock shortens, its notices, and the two proofs at its end."""

from __future__ import annotations

import pytest

from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.recovery import RECOVERY_ASKED, count_messages, finish_recovery, recovery_link, run_for, start_wait
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import trusted_browser
from trustweb.factors import enrolled
from trustweb.models import Account, Recovery

CANT = "Can’t use any of these?"


def test_after_the_wait_password_and_mailbox_bring_the_account_back(kit: Kit, alice: Account) -> None:
    assert CANT in enter_password(kit).text
    start_wait(kit)
    run_for(kit, 72)

    visitor = finish_recovery(kit, recovery_link(kit))
    assert visitor.path == "/security/two-factor"

    with kit.core.database.reading() as work:
        mine = enrolled.of(work, alice.id)
    assert mine.named == []
    assert mine.address is not None
    assert kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD).path == "/sign-in"


@pytest.mark.parametrize("hours", [0, 36, 71])
def test_not_before(kit: Kit, alice: Account, hours: int) -> None:
    start_wait(kit)
    run_for(kit, hours)

    visitor = enter_password(kit).get("/sign-in/recovery")
    assert "Send me the link" not in visitor.buttons

    visitor.get("/sign-in/code").post("/sign-in/recovery/link")
    assert "The wait is not over." in visitor.text


def test_all_channels_are_told_at_once_and_at_half_time(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    for place in (MOBILE, ALICE):
        assert count_messages(kit, place, "asked to recover the account") == 1

    run_for(kit, 70)

    for place in (MOBILE, ALICE):
        assert count_messages(kit, place, "asked to recover the account") == 1
        assert count_messages(kit, place, "Half of the wait") == 1


def test_a_clock_that_jumps_ahead_opens_nothing(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    kit.clock.forward(days=30)
    kit.core.sender.tidy()

    assert "You get your account back on" in enter_password(kit).get("/sign-in/recovery").text


def test_a_clock_that_is_set_back_opens_nothing_and_a_restart_loses_nothing(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 40)
    kit.clock.forward(hours=-20)
    run_for(kit, 20)
    with kit.core.database.reading() as work:
        assert work.db.query(Recovery.waited).scalar() == 60 * 3600

    kit.core.database._mark = None  # as a new process, which begins after the first of these hours
    run_for(kit, 1 + 12)

    assert "Send me the link" in enter_password(kit).get("/sign-in/recovery").buttons


def test_two_workers_count_an_hour_once(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    kit.clock.forward(hours=1)
    for _ in range(3):
        kit.core.sender.tidy()

    with kit.core.database.reading() as work:
        assert work.db.query(Recovery.waited).scalar() == 3600


def test_whoever_signs_in_ends_it(kit: Kit, alice: Account) -> None:
    visitor = start_wait(kit)
    kit.signed_in()

    assert "Start the wait" in visitor.get("/sign-in/recovery").buttons
    kit.clock.forward(minutes=11)
    assert count_messages(kit, MOBILE, "The recovery of the account was stopped.") == 1


def test_what_stopped_one_does_not_stop_the_next_alone(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    kit.signed_in()
    start_wait(kit)
    kit.clock.forward(minutes=15)

    thief = kit.signed_in()
    assert RECOVERY_ASKED in thief.get("/security").text
    assert "with the same thing that you signed in with" in thief.submit("Stop it").text

    assert RECOVERY_ASKED in thief.get("/security").text


def test_it_is_shown_on_every_page_and_on_trusted_devices_and_stopped_there(kit: Kit, alice: Account) -> None:
    device = trusted_browser(kit)
    device.get("/security").submit("Sign out")
    start_wait(kit)
    assert RECOVERY_ASKED in device.get("/prompts").text

    assert "The recovery is stopped." in device.submit("Stop it").text

    assert RECOVERY_ASKED not in kit.signed_in().get("/account").text


def test_without_a_confirmed_mailbox_only_the_operator_helps(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = enter_password(kit).get("/sign-in/recovery")

    assert "No e-mail address is confirmed" in visitor.text
    visitor.get("/sign-in/code").post("/sign-in/recovery")
    assert "This account cannot be recovered by waiting." in visitor.text


def test_a_password_from_the_mailbox_is_no_second_proof(kit: Kit, alice: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"password_by_mail": True})

    assert "two different proofs are needed" in enter_password(kit).get("/sign-in/recovery").text


def test_three_starts_in_thirty_days(kit: Kit, alice: Account) -> None:
    for _ in range(3):
        start_wait(kit)
        with kit.core.database.writing() as work:
            work.db.query(Account).update({"recovers_at": None})
            work.db.query(Recovery).update({"ended_at": work.now})

    assert enter_password(kit).get("/sign-in/recovery").submit("Start the wait").status == 429


def test_a_double_click_starts_one(kit: Kit, alice: Account) -> None:
    visitor = enter_password(kit).get("/sign-in/recovery")
    twin = visitor.tab()
    visitor.submit("Start the wait")
    twin.get("/sign-in/recovery").post("/sign-in/recovery")

    with kit.core.database.reading() as work:
        assert work.db.query(Recovery).count() == 1


def test_unused_it_expires(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    with kit.core.database.writing() as work:
        work.db.query(Recovery).update({"waited": (72 + 14 * 24) * 3600 - 1800})
    run_for(kit, 1)

    assert "Start the wait" in enter_password(kit).get("/sign-in/recovery").buttons
