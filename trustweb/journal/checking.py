"""Whether a journal is as it was written, and the cut that takes its older entries off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from trustweb.database import Refused, Work
from trustweb.journal import KEY, NEWEST, signed_text
from trustweb.journal.noted import Noted
from trustweb.models import Account, JournalCut, JournalEntry, Moment

_NAMES = select(Account.id, Account.name).order_by(Account.id)
_HEAD = select(Account.journal_seq, Account.journal_head).where(Account.id == bindparam("account"))
_OF_ACCOUNT = JournalEntry.account_id == bindparam("account")
_ENTRIES = (
    select(
        JournalEntry.seq, JournalEntry.at, JournalEntry.event, JournalEntry.details, JournalEntry.address,
        JournalEntry.browser, JournalEntry.mac,
    )
    .where(_OF_ACCOUNT, JournalEntry.seq > bindparam("after"))
    .order_by(JournalEntry.seq)
    .limit(bindparam("most"))
)  # fmt: skip
_PAGE = 1000
_CUT = (
    select(JournalCut.seq, JournalCut.last_mac, JournalCut.at, JournalCut.mac)
    .where(JournalCut.account_id == bindparam("account"))
    .order_by(JournalCut.seq.desc())
    .limit(1)
)
_FIRST_KEPT = select(func.min(JournalEntry.seq)).where(
    _OF_ACCOUNT, JournalEntry.at >= bindparam("before", type_=Moment)
)
_LAST_GONE = (
    select(JournalEntry.seq, JournalEntry.mac)
    .where(_OF_ACCOUNT, JournalEntry.seq < bindparam("kept"))
    .order_by(JournalEntry.seq.desc())
    .limit(1)
)
_CUT_OFF = insert(JournalCut)
_REMOVE = delete(JournalEntry).where(_OF_ACCOUNT, JournalEntry.seq <= bindparam("last"))


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a journal is first not as it was written.

    ``what``: changed, missing, key (not in the ring), cut, tail (the account knows of more), head (the account's own
    is not the newest entry's), other (than the heads file says) or restored (the heads file knows of more).
    """

    what: str
    seq: int
    at: str = ""


class NotWhole(Refused):
    """A cut would hide what is broken."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(broken)
        self.broken = broken


def names(work: Work) -> dict[int, str]:
    """All accounts by their id."""
    return {row.id: row.name for row in work.execute(_NAMES)}


def check(work: Work, account_id: int, noted: Noted) -> tuple[int, Broken | None]:
    """How many entries there are and what is first wrong. Run in a transaction that sees one moment."""
    count, seq, mac = 0, 0, ""
    own = tuple(work.execute(_HEAD, {"account": account_id}).one_or_none() or (0, ""))
    cut = work.execute(_CUT, {"account": account_id}).one_or_none()
    if cut is not None:
        if problem := _forged(work, _cut_text(account_id, cut.seq, cut.last_mac, cut.at), cut.mac, "cut"):
            return 0, Broken(problem, cut.seq, _iso(cut.at))
        seq, mac = cut.seq, cut.last_mac
    for each in _entries(work, account_id):
        if each.seq != seq + 1:
            return count, _named("missing", account_id, seq + 1, noted)
        *row, own_mac = each
        text = signed_text(mac, account_id=account_id, **dict(zip(_SIGNED, row, strict=True)))
        problem = _forged(work, text, own_mac, "changed")
        if not problem and (head := noted.find(account_id, each.seq)) and head.mac != own_mac:
            problem = "other"
        if problem:
            return count, Broken(problem, each.seq, _iso(each.at))
        count, seq, mac = count + 1, each.seq, own_mac
    return count, _end(account_id, own, (seq, mac), noted)


def _entries(work: Work, account_id: int) -> Iterator[Any]:
    """By pages: there may be more than memory holds."""
    after = -NEWEST
    while rows := work.execute(_ENTRIES, {"account": account_id, "after": after, "most": _PAGE}).all():
        yield from rows
        after = rows[-1].seq


_SIGNED = ("seq", "at", "event", "details", "address", "browser")


def _end(account_id: int, own: tuple[int, str], last: tuple[int, str], noted: Noted) -> Broken | None:
    """What is wrong with the end of a chain whose entries are right: the account's own head, and its last entry."""
    if own[0] > last[0]:
        return _named("tail", account_id, last[0] + 1, noted)
    if own != last:
        return _named("head", account_id, own[0], noted)
    newest = noted.newest(account_id)
    return _named("restored", account_id, newest, noted) if newest > last[0] else None


def _named(what: str, account_id: int, seq: int, noted: Noted) -> Broken:
    head = noted.find(account_id, seq)
    return Broken(what, seq, head.at if head else "")


def _forged(work: Work, text: str, mac: str, otherwise: str) -> str:
    try:
        return "" if work.keys.signed(KEY, text, mac) else otherwise
    except ValueError:
        return "key"


def require_whole(work: Work, account_id: int) -> None:
    """Raises NotWhole. Apart from the cut: a long journal takes seconds, in which others may write."""
    with closing(Noted(())) as nothing:
        _, broken = check(work, account_id, nothing)
    if broken:
        raise NotWhole(broken)


def prune(work: Work, account_id: int, before: datetime) -> int:
    """Remove what is older, leave a signed cut, and say how many entries went. Of a journal that is whole."""
    kept = work.execute(_FIRST_KEPT, {"account": account_id, "before": before}).scalar_one()
    last = work.execute(_LAST_GONE, {"account": account_id, "kept": kept or NEWEST}).one_or_none()
    if last is None:
        return 0
    text = _cut_text(account_id, last.seq, last.mac, work.now)
    # The triggers let go of what a cut covers, so the cut comes first.
    work.execute(
        _CUT_OFF,
        {"account_id": account_id, "seq": last.seq, "last_mac": last.mac, "at": work.now,
         "mac": work.keys.sign(KEY, text)},
    )  # fmt: skip
    return work.changed(_REMOVE, {"account": account_id, "last": last.seq})


def _cut_text(account_id: int, seq: int, mac: str, at: datetime) -> str:
    return f"cut {json.dumps([account_id, seq, mac, _iso(at)])}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
