"""The outbox: rows that say what is to be sent. A queue only wakes a worker; these rows are the truth."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from trustweb.database import Work, rows_changed
from trustweb.models import Account, Challenge, Delivery

_LATEST = select(Delivery).where(Delivery.challenge_id == bindparam("challenge")).order_by(Delivery.id.desc()).limit(1)
QUEUED, SENT, DELIVERED, FAILED, DROPPED = "queued", "sent", "delivered", "failed", "dropped"


def put(work: Work, challenge: Challenge) -> None:
    """Queue a challenge's code, in the transaction that made the challenge."""
    language = work.db.scalars(select(Account.language).where(Account.id == challenge.account_id)).one()
    delivery = Delivery(
        challenge_id=challenge.id,
        counter=challenge.counter,
        method=challenge.method,
        destination=challenge.number,
        language=language,
        due_at=work.now,
        created_at=work.now,
        changed_at=work.now,
        deadline=challenge.expires_at,
    )
    work.db.add(delivery)
    work.db.flush()
    work.woken.append(delivery.id)


def due(work: Work, most: int = 50) -> Sequence[int]:
    """Deliveries that nobody is working on: new ones, ones to try again, and ones whose worker died."""
    return work.db.scalars(
        select(Delivery.id)
        .where(Delivery.state == QUEUED, Delivery.due_at <= work.now, _free(work))
        .order_by(Delivery.due_at)
        .limit(most)
    ).all()


@dataclass(frozen=True, slots=True)
class Leased:
    delivery: Delivery
    challenge: Challenge
    lease: str


def take(work: Work, delivery_id: int) -> Leased | None:
    """Take the lease on a delivery; None when it is done, not due, or another worker has it."""
    lease = secrets.token_hex(16)
    taking = (
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == QUEUED, Delivery.due_at <= work.now, _free(work))
        .values(
            lease=lease,
            lease_until=work.now + timedelta(seconds=work.config.lease),
            attempts=Delivery.attempts + 1,
        )
    )
    if not rows_changed(work.db, taking):
        return None
    delivery = work.db.get_one(Delivery, delivery_id)
    challenge = work.db.get_one(Challenge, delivery.challenge_id)
    if challenge.ended_at or challenge.counter != delivery.counter or delivery.deadline <= work.now:
        # Late is worse than never: an old code confuses, and a used one frightens.
        settle(work, delivery_id, lease, DROPPED)
        return None
    return Leased(delivery, challenge, lease)


def settle(
    work: Work, delivery_id: int, lease: str, state: str, *, carrier_id: str | None = None, reason: str = ""
) -> bool:
    """Write how it ended; False when the lease was lost meanwhile, and the word of another worker counts."""
    values = {"state": state, "reason": reason[:64], "changed_at": work.now, "lease": None, "lease_until": None}
    if carrier_id is not None:
        values["carrier_id"] = carrier_id
    if state == FAILED:  # nobody has to wait before trying another way
        ours = select(Delivery.challenge_id).where(Delivery.id == delivery_id, Delivery.lease == lease)
        work.db.execute(update(Challenge).where(Challenge.id.in_(ours)).values(next_send_at=work.now))
    return _with_lease(work, delivery_id, lease, values)


def choose(work: Work, delivery_id: int, lease: str, transport: str) -> bool:
    """Note which transport is about to send it: a receipt may be here before the answer."""
    return _with_lease(work, delivery_id, lease, {"transport": transport})


def postpone(
    work: Work,
    delivery_id: int,
    lease: str,
    *,
    seconds: float,
    tried: str,
    reason: str,
    attempts: int | None = None,
) -> bool:
    """Give the lease back; another attempt follows in ``seconds``, without the transports in ``tried``."""
    due_at = work.now + timedelta(seconds=seconds)
    values: dict[str, object] = {"due_at": due_at, "tried": tried, "reason": reason[:64], "changed_at": work.now}
    if attempts is not None:
        values["attempts"] = attempts
    return _with_lease(work, delivery_id, lease, values | {"lease": None, "lease_until": None})


def _with_lease(work: Work, delivery_id: int, lease: str, values: dict[str, object]) -> bool:
    ours = update(Delivery).where(Delivery.id == delivery_id, Delivery.lease == lease)
    return rows_changed(work.db, ours.values(**values)) == 1


def _free(work: Work) -> ColumnElement[bool]:
    return or_(Delivery.lease_until.is_(None), Delivery.lease_until <= work.now)


def latest(work: Work, challenge: Challenge) -> Delivery | None:
    """How the newest message of a challenge fares."""
    return work.db.scalar(_LATEST, {"challenge": challenge.id})
