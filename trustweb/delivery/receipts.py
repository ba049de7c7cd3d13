"""Carriers' delivery receipts, each applied once, when it is fresh, and only to move a state forward."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, exists, select, update

from trustweb.delivery.outbox import DELIVERED, FAILED, SENT
from trustweb.models import Delivery, SeenReceipt
from trustweb.statements import inserting
from trustweb.transports import Receipt
from trustweb.work import Refused, Work

_FRESH = timedelta(seconds=300)
_KEPT = timedelta(hours=24)
_BEFORE = {SENT: (), DELIVERED: (SENT,), FAILED: (SENT,)}
"""The states from which a receipt may move a message: a delivered one never becomes failed."""


class UnknownMessage(Refused):
    """No message has this carrier id yet: the receipt overtook the carrier's answer to our request."""


def apply(work: Work, transport: str, receipt: Receipt) -> None:
    """Apply a receipt whose signature was checked. Old and repeated ones change nothing.

    Raises UnknownMessage; the receipt then does not count as seen, and the carrier may send it again.
    """
    if abs(work.now - receipt.issued_at) > _FRESH or not _first_time(work, transport, receipt):
        return
    message = (Delivery.transport == transport, Delivery.carrier_id == receipt.carrier_id)
    if not work.execute(select(exists().where(*message))).scalar():
        # A long text has a receipt for each part, but only the first part's id is known; the others are ignored, unless
        # a message is being handed over just now, whose id is not stored yet.
        under_way = exists().where(Delivery.transport == transport, Delivery.lease.is_not(None))
        if work.execute(select(under_way)).scalar():
            raise UnknownMessage
        return
    work.execute(
        update(Delivery)
        .where(*message, Delivery.state.in_(_BEFORE[receipt.state]))
        .values(state=receipt.state, reason=receipt.reason, changed_at=work.now)
    )


def _first_time(work: Work, transport: str, receipt: Receipt) -> bool:
    seen_id = sha256(f"{transport} {receipt.id}".encode()).hexdigest()
    note = (
        inserting(work.connection.dialect.name)(SeenReceipt)
        .values(id=seen_id, seen_at=work.now)
        .on_conflict_do_nothing()
    )
    return work.changed(note, {"id": seen_id, "seen_at": work.now}) == 1


def forget_old(work: Work) -> None:
    """Delete the ids of receipts that are too old to be repeated."""
    work.execute(delete(SeenReceipt).where(SeenReceipt.seen_at < work.now - _KEPT))
