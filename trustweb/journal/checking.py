"""Verification of a journal's chain, and pruning, which replaces older entries by a signed cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from trustweb.journal import KEY, NEWEST, signed_text
from trustweb.journal.head_index import HeadIndex
from trustweb.models import Account, JournalCut, JournalEntry, Moment
from trustweb.work import Refused, Work

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
    """The first fault in a journal.

    ``what``: changed (the MAC is wrong), missing, key (the key ring lacks the key), cut (its MAC is wrong), tail (the
    account's head is newer than the last entry), head (the account's head is not the last entry's), other (the heads
    file has another MAC) or restored (the heads file has newer entries).
    """

    what: str
    seq: int
    at: str = ""


class NotWhole(Refused):
    """The journal has a fault, which a cut would hide."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(broken)
        self.broken = broken


def names(work: Work) -> dict[int, str]:
    """Return the names of all accounts, keyed by id."""
    return {row.id: row.name for row in work.execute(_NAMES)}


def check(work: Work, account_id: int, index: HeadIndex) -> tuple[int, Broken | None]:
    """Return the number of entries up to the first fault, and the fault. Run it in ``reading(one_moment=True)``."""
    count, seq, mac = 0, 0, ""
    own = tuple(work.execute(_HEAD, {"account": account_id}).one_or_none() or (0, ""))
    cut = work.execute(_CUT, {"account": account_id}).one_or_none()
    if cut is not None:
        if problem := _forged(work, _cut_text(account_id, cut.seq, cut.last_mac, cut.at), cut.mac, "cut"):
            return 0, Broken(problem, cut.seq, _iso(cut.at))
        seq, mac = cut.seq, cut.last_mac
    for each in _entries(work, account_id):
        if each.seq != seq + 1:
            return count, _fault_at("missing", account_id, seq + 1, index)
        *row, own_mac = each
        text = signed_text(mac, account_id=account_id, **dict(zip(_SIGNED, row, strict=True)))
        problem = _forged(work, text, own_mac, "changed")
        if not problem and (head := index.find(account_id, each.seq)) and head.mac != own_mac:
            problem = "other"
        if problem:
            return count, Broken(problem, each.seq, _iso(each.at))
        count, seq, mac = count + 1, each.seq, own_mac
    return count, _end(account_id, own, (seq, mac), index)


def _entries(work: Work, account_id: int) -> Iterator[Any]:
    """Read the entries page by page: there may be more than memory holds."""
    after = -NEWEST
    while rows := work.execute(_ENTRIES, {"account": account_id, "after": after, "most": _PAGE}).all():
        yield from rows
        after = rows[-1].seq


_SIGNED = ("seq", "at", "event", "details", "address", "browser")


def _end(account_id: int, own: tuple[int, str], last: tuple[int, str], index: HeadIndex) -> Broken | None:
    """Compare the last entry of a right chain with the account's head and the heads file; None means no fault."""
    if own[0] > last[0]:
        return _fault_at("tail", account_id, last[0] + 1, index)
    if own != last:
        return _fault_at("head", account_id, own[0], index)
    newest = index.newest(account_id)
    return _fault_at("restored", account_id, newest, index) if newest > last[0] else None


def _fault_at(what: str, account_id: int, seq: int, index: HeadIndex) -> Broken:
    head = index.find(account_id, seq)
    return Broken(what, seq, head.at if head else "")


def _forged(work: Work, text: str, mac: str, otherwise: str) -> str:
    try:
        return "" if work.keys.signed(KEY, text, mac) else otherwise
    except ValueError:
        return "key"


def require_whole(work: Work, account_id: int) -> None:
    """Refuse a journal with a fault. Raises NotWhole.

    Call it outside of the transaction that cuts: a long journal takes seconds, in which others must be able to write.
    """
    with closing(HeadIndex(())) as no_heads:
        _, broken = check(work, account_id, no_heads)
    if broken:
        raise NotWhole(broken)


def prune(work: Work, account_id: int, before: datetime) -> int:
    """Remove entries before a moment, leave a signed cut and return their number. Call ``require_whole`` first."""
    kept = work.execute(_FIRST_KEPT, {"account": account_id, "before": before}).scalar_one()
    last = work.execute(_LAST_GONE, {"account": account_id, "kept": kept or NEWEST}).one_or_none()
    if last is None:
        return 0
    text = _cut_text(account_id, last.seq, last.mac, work.now)
    # The triggers allow only entries that a cut covers to be deleted, so the cut comes first.
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
