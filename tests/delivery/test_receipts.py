"""Delivery receipts: accepted once, while they are fresh, and only for a later state."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.support.kit import Kit
from tests.support.outgoing import delivered, newest, queued
from trustweb.delivery import outbox, receipts
from trustweb.delivery.receipts import UnknownMessage
from trustweb.models import Delivery, SeenReceipt
from trustweb.transports import Receipt

IDS = itertools.count()


def told(kit: Kit, state: str, *, carrier_id: str | None = None, id: str = "", ago: float = 0) -> str:
    """The message's state after a receipt."""
    receipt = Receipt(
        id=id or f"receipt{next(IDS)}",
        issued_at=kit.clock.now - timedelta(seconds=ago),
        carrier_id=carrier_id or newest(kit).carrier_id or "",
        state=state,
        reason="absent" if state == "failed" else "",
    )
    with kit.core.database.writing() as work:
        receipts.apply(work, "recording_texts", receipt)
    return newest(kit).state


@pytest.mark.parametrize(
    ("said", "states"),
    [
        (["delivered"], ["delivered"]),
        (["failed"], ["failed"]),
        (["sent", "delivered"], ["sent", "delivered"]),
        (["delivered", "sent", "failed"], ["delivered"] * 3),
        (["failed", "sent"], ["failed"] * 2),
    ],
)
def test_a_state_only_moves_forward(kit: Kit, said: list[str], states: list[str]) -> None:
    delivered(kit)

    assert [told(kit, each) for each in said] == states


def test_why_it_failed_is_kept(kit: Kit) -> None:
    delivered(kit)
    told(kit, "failed")

    assert newest(kit).reason == "absent"


@pytest.mark.parametrize(
    ("ago", "state"), [(300, "delivered"), (301, "sent"), (-300, "delivered"), (-301, "sent"), (86400, "sent")]
)
def test_only_what_is_fresh_is_believed(kit: Kit, ago: float, state: str) -> None:
    delivered(kit)

    assert told(kit, "delivered", ago=ago) == state


def test_a_repeated_receipt_is_ignored_whatever_it_says_now(kit: Kit) -> None:
    delivered(kit)

    assert told(kit, "sent", id="once") == "sent"
    assert told(kit, "delivered", id="once") == "sent"
    assert told(kit, "delivered", id="another") == "delivered"


def test_a_receipt_is_believed_once_on_both_databases(racing: Kit) -> None:
    delivered(racing)

    assert told(racing, "sent", id="once") == "sent"
    assert told(racing, "delivered", id="once") == "sent"
    assert told(racing, "delivered", id="another") == "delivered"


def test_a_receipt_for_nobodys_message_changes_nothing(kit: Kit) -> None:
    delivered(kit)

    assert told(kit, "delivered", carrier_id="somebody else's") == "sent"


def test_a_carrier_speaks_of_its_own_messages_only(kit: Kit) -> None:
    row = delivered(kit)
    with kit.core.database.writing() as work:
        receipt = Receipt("id", work.now, row.carrier_id or "", "failed")
        receipts.apply(work, "recording_calls", receipt)

    assert newest(kit).state == "sent"


def test_a_receipt_that_overtakes_our_own_answer_may_come_again(kit: Kit) -> None:
    delivery = queued(kit)
    with kit.core.database.writing() as work:
        leased = outbox.take(work, delivery)
        outbox.choose(work, delivery, leased.lease, "recording_texts")

    with pytest.raises(UnknownMessage):
        told(kit, "delivered", carrier_id="quick", id="early")
    with kit.core.database.writing() as work:
        outbox.settle(work, delivery, leased.lease, "sent", carrier_id="quick")

    assert told(kit, "delivered", id="early") == "delivered"


def test_what_was_seen_is_known_for_a_day(kit: Kit) -> None:
    delivered(kit)
    told(kit, "sent")
    seen = []

    for hours in (24, 1):
        kit.clock.forward(hours=hours)
        with kit.core.database.writing() as work:
            receipts.forget_old(work)
            seen.append(work.db.scalar(select(func.count(SeenReceipt.id))))

    assert seen == [1, 0]


def test_a_message_that_waits_is_not_called_delivered(kit: Kit) -> None:
    queued(kit)
    with kit.core.database.writing() as work:
        row = work.db.get_one(Delivery, newest(kit).id)
        row.transport, row.carrier_id = "recording_texts", "old"

    told(kit, "failed", carrier_id="old")

    assert newest(kit).state == "queued"
