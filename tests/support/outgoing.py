"""Messages in the outbox."""

from __future__ import annotations

from sqlalchemy import select

from tests.support.asking import Asking
from tests.support.kit import Kit
from trustweb.models import Delivery


def newest(kit: Kit) -> Delivery:
    with kit.core.database.reading() as work:
        return work.db.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()


def queued(kit: Kit) -> int:
    Asking(kit).send()
    return newest(kit).id


def delivered(kit: Kit, *failures: Exception) -> Delivery:
    """A new code after one round of a worker whose first carrier fails like this."""
    kit.texts.failures = list(failures)
    kit.core.sender.deliver(queued(kit))
    return newest(kit)


def rows(kit: Kit) -> list[Delivery]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(Delivery)))
