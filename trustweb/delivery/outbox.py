"""The transactional outbox: rows of messages to send. A queue only wakes a worker; these rows decide what is sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Integer, String, bindparam, func, insert, or_, select, update

from trustweb import journal
from trustweb.delivery import logouts, prompts
from trustweb.delivery.logouts import LOGOUT, Logout
from trustweb.delivery.prompts import PROMPT, PromptNotification
from trustweb.journal import Entry
from trustweb.models import (
    NOW,
    Account,
    Challenge,
    ChallengeView,
    Delivery,
    DeliveryView,
    Factor,
    LinkView,
    MailLink,
    columns,
)
from trustweb.work import Work

CODE, NOTICE, LINK = "code", "notice", "link"
NOBODY = "nobody"
"""The act of a link for an unknown name, which is queued and not sent: equal work, so that timing reveals nothing."""
QUEUED, SENT, DELIVERED, FAILED, DROPPED = "queued", "sent", "delivered", "failed", "dropped"

# Built once: building a statement takes longer than executing it.
_FREE = or_(Delivery.lease_until.is_(None), Delivery.lease_until <= NOW)
_DUE = (Delivery.state == QUEUED, Delivery.due_at <= NOW, _FREE)
_OURS = (Delivery.id == bindparam("delivery"), Delivery.lease == bindparam("ours"))
_COLUMNS = columns(DeliveryView, Delivery)
_LANGUAGE = select(Account.language).where(Account.id == bindparam("account"))
_PUT = insert(Delivery).values(language=_LANGUAGE.scalar_subquery()).returning(Delivery.id)
_WAITING = select(Delivery.id).where(*_DUE).order_by(Delivery.due_at).limit(bindparam("most"))
_TAKE = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"), *_DUE)
    .values(lease=bindparam("new_lease"), lease_until=bindparam("until"), attempts=Delivery.attempts + 1)
    .returning(*_COLUMNS)
)
_CHALLENGE = select(*columns(ChallengeView, Challenge)).where(Challenge.id == bindparam("challenge"))
_PUT_LINK = insert(Delivery).returning(Delivery.id)
_LINK = select(*columns(LinkView, MailLink)).where(MailLink.id == bindparam("link"))
_CHANNEL = (
    select(Account.time_zone, Factor.trusted_from)
    .join(Factor, Factor.account_id == Account.id)
    .where(Factor.id == bindparam("factor"))
)
_GIVE_LEASE_BACK = {"changed_at": NOW, "lease": None, "lease_until": None}
_CHOOSE = update(Delivery).where(*_OURS).values(transport=bindparam("new_transport"))
_SETTLE = (
    update(Delivery)
    .where(*_OURS)
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        carrier_id=func.coalesce(bindparam("new_carrier_id", type_=String), Delivery.carrier_id),
        **_GIVE_LEASE_BACK,
    )
)
_LET_SEND_AGAIN = (
    update(Challenge)
    .where(Challenge.id.in_(select(Delivery.challenge_id).where(*_OURS, Delivery.kind == CODE)))
    .values(next_send_at=NOW)
)
_POSTPONE = (
    update(Delivery)
    .where(*_OURS)
    .values(
        due_at=bindparam("due"),
        tried=bindparam("new_tried"),
        reason=bindparam("new_reason"),
        attempts=func.coalesce(bindparam("new_attempts", type_=Integer), Delivery.attempts),
        **_GIVE_LEASE_BACK,
    )
)


def put(work: Work, challenge: ChallengeView) -> None:
    """Queue the message with a challenge's code, in the transaction that made the challenge."""
    values = {
        "account": challenge.account_id,
        "challenge_id": challenge.id,
        "counter": challenge.counter,
        "method": challenge.method,
        "destination": challenge.number,
        "due_at": work.now,
        "created_at": work.now,
        "changed_at": work.now,
        "deadline": challenge.expires_at,
    }
    work.woken.append(work.insert(_PUT, values))


def put_link(work: Work, link: LinkView) -> None:
    """Queue the mail with a link, in the transaction that made the link."""
    values = {
        "kind": LINK,
        "link_id": link.id,
        "method": "email",
        "destination": link.address,
        "language": link.language,
        "due_at": work.now,
        "created_at": work.now,
        "changed_at": work.now,
        "deadline": link.expires_at,
    }
    work.woken.append(work.insert(_PUT_LINK, values))


def due(work: Work, most: int = 50) -> Sequence[int]:
    """Return the ids of due deliveries without a lease: new ones, ones to try again, and ones whose worker died."""
    return work.execute(_WAITING, {"now": work.now, "most": most}).scalars()


@dataclass(frozen=True, slots=True)
class Notice:
    """The content of a notice to one channel (a number or an address)."""

    entries: Sequence[Entry]
    time_zone: str
    may_stop: bool
    """True if the channel was trusted before the first change, so that its holder may answer: this wasn't me."""


Content = ChallengeView | Notice | LinkView | PromptNotification | Logout


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that a worker holds the lease of, and its content."""

    delivery: DeliveryView
    about: Content
    lease: str


def take(work: Work, delivery_id: int) -> Leased | None:
    """Take the lease on a delivery. Return None when it is settled, obsolete, not due, or leased by another worker."""
    lease = secrets.token_hex(16)
    until = work.now + timedelta(seconds=work.config.lease)
    taking = {"delivery": delivery_id, "now": work.now, "new_lease": lease, "until": until}
    if (row := work.execute(_TAKE, taking).one_or_none()) is None:
        return None
    delivery = DeliveryView(*row)
    about = _ABOUT[delivery.kind](work, delivery)
    if about is None or delivery.deadline <= work.now:
        # An old code confuses people, and one that was used already frightens them: better to send nothing.
        settle(work, delivery_id, lease, DROPPED)
        return None
    return Leased(delivery, about, lease)


def _code(work: Work, delivery: DeliveryView) -> ChallengeView | None:
    challenge = ChallengeView(*work.execute(_CHALLENGE, {"challenge": delivery.challenge_id}).one())
    return None if challenge.ended_at or challenge.counter != delivery.counter else challenge


def _notice(work: Work, delivery: DeliveryView) -> Notice | None:
    assert delivery.account_id is not None
    assert delivery.from_seq is not None
    entries = journal.told_since(work, delivery.account_id, delivery.from_seq)
    if not entries:  # pruned meanwhile
        return None
    time_zone, trusted_from = work.execute(_CHANNEL, {"factor": delivery.factor_id}).one()
    return Notice(entries, time_zone, trusted_from <= entries[0].at)


def _link(work: Work, delivery: DeliveryView) -> LinkView | None:
    link = LinkView(*work.execute(_LINK, {"link": delivery.link_id}).one())
    return None if link.ended_at or link.act == NOBODY else link


def _prompt(work: Work, delivery: DeliveryView) -> PromptNotification | None:
    challenge = _code(work, delivery)
    return prompts.find(work, challenge, delivery.factor_id) if challenge else None


def _logout(work: Work, delivery: DeliveryView) -> Logout | None:
    return logouts.find(work, delivery.id)


_ABOUT: Mapping[str, Callable[[Work, DeliveryView], Content | None]] = {
    CODE: _code, NOTICE: _notice, LINK: _link, PROMPT: _prompt, LOGOUT: _logout
}  # fmt: skip


def settle(
    work: Work, delivery_id: int, lease: str, state: str, *, carrier_id: str | None = None, reason: str = ""
) -> bool:
    """Store the final state. Return False when the lease was lost, so that another worker's result counts."""
    ours = {"delivery": delivery_id, "ours": lease, "now": work.now}
    if state == FAILED:  # no cool-down before the person tries another method
        work.execute(_LET_SEND_AGAIN, ours)
    values = {"new_state": state, "new_reason": reason[:64], "new_carrier_id": carrier_id}
    return work.changed(_SETTLE, ours | values) == 1


def choose(work: Work, delivery_id: int, lease: str, transport: str) -> bool:
    """Store the transport before it sends, since a receipt may arrive before the answer. False: the lease was lost."""
    return work.changed(_CHOOSE, {"delivery": delivery_id, "ours": lease, "new_transport": transport}) == 1


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
    """Release the lease for another attempt in ``seconds``, without the transports in ``tried``.

    Return False when the lease was lost. ``attempts``: the new count, if it changes.
    """
    values = {
        "delivery": delivery_id,
        "ours": lease,
        "now": work.now,
        "due": work.now + timedelta(seconds=seconds),
        "new_tried": tried,
        "new_reason": reason[:64],
        "new_attempts": attempts,
    }
    return work.changed(_POSTPONE, values) == 1
