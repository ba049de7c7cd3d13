"""What carriers say happened to a message. Believed once, when it is fresh, and only forwards."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, exists, select, update

from trustweb.database import Refused, Work, inserting
from trustweb.delivery.outbox import DELIVERED, FAILED, SENT
from trustweb.models import Delivery, SeenReceipt
from trustweb.transports import Receipt

_FRESH = timedelta(seconds=300)
_KEPT = timedelta(hours=24)
_BEFORE = {SENT: (), DELIVERED: (SENT,), FAILED: (SENT,)}
"""From which states a receipt may move a message on: a delivered one never becomes a failed one."""


class UnknownMessage(Refused):
    """No message has this carrier id (yet): the receipt overtook the answer to our own request."""


def believe(work: Work, transport: str, receipt: Receipt) -> None:
    """Note a receipt whose signature is right. Stale ones and repetitions change nothing.

    Raises UnknownMessage; then the receipt does not count as seen, and the carrier may come again with it.
    """
    if abs(work.now - receipt.issued_at) > _FRESH or not _first_time(work, transport, receipt):
        return
    message = (Delivery.transport == transport, Delivery.carrier_id == receipt.carrier_id)
    if not work.execute(select(exists().where(*message))).scalar():
        # A long text has a receipt a part, and only the first part's id is known; those are ignored, unless
        # a message is being handed over just now, whose id we are about to learn.
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
    work.execute(delete(SeenReceipt).where(SeenReceipt.seen_at < work.now - _KEPT))
