"""Notices of changes to the account's channels (numbers and address), so that nobody changes anything unnoticed.

A notice is a delivery that refers to a first journal entry. It is queued in the transaction of the change, and rendered
when it is sent, with all entries since then: several changes become one message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, insert, or_, select, update

from trustweb import journal
from trustweb.config import Rates
from trustweb.delivery import hours, outbox
from trustweb.models import NOW, Account, Delivery, Factor, JournalEntry, MailAddress, Moment, TrustedNumber
from trustweb.work import Work

NOTHING: Mapping[str, str] = MappingProxyType({})
_LIFE = timedelta(days=1)
_AFTERWARDS = timedelta(hours=72)
"""The time for which a replaced address still gets notices: it may have been a thief who changed it."""
_KEPT = timedelta(days=7)
_CHANNELS = (
    select(
        Factor.id, TrustedNumber.number, MailAddress.address, TrustedNumber.line, Account.language, Account.time_zone,
        Factor.removed_at,
    )
    .outerjoin(TrustedNumber, TrustedNumber.factor_id == Factor.id)
    .outerjoin(MailAddress, MailAddress.factor_id == Factor.id)
    .join(Account, Account.id == Factor.account_id)
    .where(
        Factor.account_id == bindparam("account"),
        or_(TrustedNumber.number.is_not(None), MailAddress.address.is_not(None)),
        or_(
            Factor.removed_at.is_(None),
            Factor.id == bindparam("include"),
            and_(MailAddress.address.is_not(None), Factor.removed_at > bindparam("rested", type_=Moment)),
        ),
        Factor.id != bindparam("skip"),
    )
    .order_by(Factor.id)
)  # fmt: skip
_OF_CHANNEL = (Delivery.factor_id == bindparam("channel"), Delivery.kind == outbox.NOTICE)
# Updating the row also makes a worker that leases it wait for this transaction, and so find the new entry.
_JOIN = (
    update(Delivery)
    .where(
        *_OF_CHANNEL,
        Delivery.state == outbox.QUEUED,
        Delivery.attempts == 0,
        Delivery.lease.is_(None),
        Delivery.deadline > NOW,
    )
    .values(changed_at=NOW)
)
# Notices that strangers can cause do not count here: otherwise a thief could delay the notice of a change by typing
# wrong passwords right before it.
_TRIED = exists().where(
    JournalEntry.account_id == Delivery.account_id,
    JournalEntry.seq == Delivery.from_seq,
    JournalEntry.event.in_(sorted(journal.BY_STRANGERS)),
)
_EARLIER = (
    select(Delivery.due_at).where(*_OF_CHANNEL, ~_TRIED).order_by(Delivery.due_at.desc()).limit(bindparam("most"))
)
_PUT = insert(Delivery).returning(Delivery.id)
_FORGET = delete(Delivery).where(Delivery.kind == outbox.NOTICE, Delivery.created_at < bindparam("before"))


def tell(
    work: Work, account_id: int, event: str, details: Mapping[str, str] = NOTHING, *, skip_factor: int = 0,
    include_factor: int = 0, one_channel: bool = False,
) -> None:  # fmt: skip
    """Write a change to the journal, and queue notices to the account's numbers and its proved address.

    skip_factor:    a factor that gets none: it was added just now, or it is the one that acts.
    include_factor: a factor that gets one although it is removed: its owner should know.
    one_channel:    only to the address or, without a proved one, as a text to one number. For events that anybody may
                    cause every day.
    """
    assert journal.is_told(event)
    seq = journal.write(work, account_id, event, **details)
    whose = {"account": account_id, "skip": skip_factor, "include": include_factor, "rested": work.now - _AFTERWARDS}
    channels = work.execute(_CHANNELS, whose).all()
    for factor_id, number, address, line, language, zone, _ in _one_channel(channels) if one_channel else channels:
        if work.changed(_JOIN, {"channel": factor_id, "now": work.now}):
            continue
        # By text where possible, whatever method the number has for codes: a call waits for the day, and has no link.
        method = "email" if address else "call" if line == "fixed" else "text"
        due = _due(work, factor_id)
        if method == "call":
            due = hours.by_day(due, zone)
        row = {
            "kind": outbox.NOTICE,
            "account_id": account_id,
            "factor_id": factor_id,
            "from_seq": seq,
            "method": method,
            "destination": address or number,
            "language": language,
            "due_at": due,
            "created_at": work.now,
            "changed_at": work.now,
            "deadline": due + _LIFE,
        }
        delivery_id = work.insert(_PUT, row)
        if due <= work.now:
            work.woken.append(delivery_id)


def _one_channel(channels: Sequence[Any]) -> Sequence[Any]:
    """Return the address or, without a proved one, one number that receives texts."""
    mine = [each for each in channels if each.removed_at is None]
    return [each for each in mine if each.address] or [each for each in mine if each.line != "fixed"][:1]


def _due(work: Work, factor_id: int) -> datetime:
    """Return the first moment at which the channel's rate limit (TRUSTWEB_NOTICES) allows another notice."""
    rates: Rates = work.config.notices
    most = max(count for count, _ in rates)
    earlier: Sequence[datetime] = work.execute(_EARLIER, {"channel": factor_id, "most": most}).scalars()
    free = [earlier[count - 1] + timedelta(seconds=span) for count, span in rates if len(earlier) >= count]
    return max([work.now, *free])


def forget_old(work: Work) -> None:
    """Delete the notices that are older than a week."""
    work.execute(_FORGET, {"before": work.now - _KEPT})
