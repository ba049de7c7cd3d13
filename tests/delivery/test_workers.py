"""Workers that die, hang or race."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import threads
from tests.support.asking import OFTEN, Asking
from tests.support.chance import says
from tests.support.kit import MOBILE, OTHER_MOBILE, Kit
from tests.support.outgoing import delivered, newest, queued, rows
from trustweb.delivery import outbox
from trustweb.transports import DeliveryError


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit(**OFTEN)


def test_what_a_dead_worker_held_is_sent_when_its_lease_is_over(kit: Kit) -> None:
    person = Asking(kit)
    person.send()
    with kit.core.database.writing() as work:
        outbox.take(work, newest(kit).id)
    kit.deliver()
    assert kit.texts.messages == []

    kit.clock.forward(seconds=kit.core.config.lease)
    kit.deliver()

    assert [each.code for each in kit.texts.messages] == [person.code]


def test_a_worker_that_lost_its_lease_changes_nothing(kit: Kit) -> None:
    delivery = queued(kit)
    with kit.core.database.writing() as work:
        slow = outbox.take(work, delivery).lease
    kit.clock.forward(seconds=kit.core.config.lease)
    kit.deliver()

    with kit.core.database.writing() as work:
        assert not outbox.settle(work, delivery, slow, "failed")
        assert not outbox.choose(work, delivery, slow, "other")
        assert not outbox.postpone(work, delivery, slow, seconds=9, tried="", reason="late")
    assert (newest(kit).state, newest(kit).transport) == ("sent", "recording_texts")


def test_a_carrier_that_hangs_is_cut_off_and_holds_up_nobody(two: Kit) -> None:
    spare, began = two.core.routes["spare_texts"], time.monotonic()
    spare.gate.clear()
    row = delivered(two, *[DeliveryError("refused", permanent=True)] * 9)
    for _ in range(2):
        Asking(two, two.account(f"p{_}@example.com", numbers=(OTHER_MOBILE,))).send(method="call")

    assert (row.state, row.reason) == ("queued", "timeout")
    assert len(two.messages(OTHER_MOBILE)) == 2
    assert time.monotonic() - began < 30  # the stand-in hangs for a minute
    spare.gate.set()


def test_many_hanging_sends_never_take_more_than_a_few_threads(two: Kit) -> None:
    spare = two.core.routes["spare_texts"]
    spare.gate.clear()
    for number in range(10):
        Asking(two, two.account(f"p{number}@example.com", numbers=(MOBILE,))).send()
    two.texts.failures = [DeliveryError("refused", permanent=True)] * 10
    two.deliver()

    reasons = [row.reason for row in rows(two)]
    assert (reasons.count("timeout"), reasons.count("busy")) == (8, 2)
    spare.gate.set()


def test_a_send_that_finds_no_thread_is_tried_again_and_takes_no_place(kit: Kit) -> None:
    for number in range(9):  # one more than may hang
        Asking(kit, kit.account(f"p{number}@example.com", numbers=(MOBILE,))).send()
    with threads.none_left():
        kit.deliver()
    assert {row.reason for row in rows(kit)} == {"no-thread"}
    kit.clock.forward(seconds=2)
    kit.deliver()

    assert {row.state for row in rows(kit)} == {"sent"}


def test_the_outcome_of_a_slow_send_is_stored_when_no_thread_is_left_to_wait_for_it(kit: Kit) -> None:
    sender = kit.core.sender
    attempt = sender._begin(queued(kit))

    with threads.none_left():
        sender._leave(attempt)
    sender.finish()

    assert newest(kit).state == "sent"


def test_many_workers_send_it_once(racing: Kit) -> None:
    delivery = queued(racing)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(racing.core.sender.deliver, [delivery] * 24))

    assert len(racing.texts.messages) == 1


def test_no_log_line_says_the_code_the_words_or_the_number(two: Kit, logged: list[str]) -> None:
    person = Asking(two)
    person.send()
    code, words = person.code, f"leak {person.code} {MOBILE}"
    two.texts.failures = [RuntimeError(words), DeliveryError("busy")]
    two.deliver()
    two.clock.forward(minutes=1)
    two.deliver()
    text = "\n".join(logged)

    assert newest(two).state == "sent"
    assert len(logged) >= 3
    for secret in (code, ", ".join(code), MOBILE, MOBILE[1:], MOBILE[-6:], "leak", "is your"):
        assert not says(text, secret)


def test_a_message_prints_neither_code_nor_words_nor_number(kit: Kit) -> None:
    Asking(kit).send()
    message = kit.messages(MOBILE)[0]

    for text in (repr(message), str(message), f"{message}", repr([message])):
        assert "***" in text
        assert message.code not in text
        assert message.text not in text
        assert MOBILE[3:] not in text
