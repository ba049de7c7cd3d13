"""Rate limits, counted in the database in the transaction of the act itself.

A window is fixed and begins with its first hit. One conditional upsert counts a hit in every window that has room, so
that concurrent requests in many processes never exceed a limit.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Executable,
    Integer,
    String,
    and_,
    bindparam,
    case,
    delete,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
    update,
)

from trustweb.config import Rates
from trustweb.models import NOW, Limit, Moment
from trustweb.statements import inserting
from trustweb.work import Refused, Work

Count = tuple[str, str, Rates]
"""A limit to count a hit in: its name, its subject (an account, a network …) and its rates. A name may have a suffix
after a slash, where one limit has several counts."""
UNLIMITED = 2**31 - 1
SHUT: Rates = ((1, 0),)
"""A window of zero seconds, which no hit fills: ``shut`` closes it until a given moment."""
_WIDER = 5
"""A neighbourhood's limit, as a multiple of an address's. An attacker's rented network has addresses without end, but
an office or a town behind one network has many people."""


class Network(NamedTuple):
    """A client's network, as keyed digests: the address (IPv6: its /64) and the neighbourhood around it (/24, /48)."""

    address: str
    neighbourhood: str


class Window(NamedTuple):
    """A window after a hit was counted in it."""

    name: str
    hits: int
    most: int
    resets_at: datetime


class TooOften(Refused):
    """The limit ``name`` is full until ``again_at``."""

    def __init__(self, name: str, again_at: datetime) -> None:
        super().__init__(name)
        self.name = name.partition("/")[0]
        self.again_at = again_at


def hit(work: Work, name: str, subject: str, rates: Rates) -> None:
    """Count one hit. Raises TooOften when a window is full, and then counts nothing."""
    take(work, (name, subject, rates))


def of_network(name: str, network: Network, rates: Rates) -> tuple[Count, Count]:
    """Return the counts of a network: its address's and its neighbourhood's."""
    wider = tuple((most * _WIDER, span) for most, span in rates)
    return (name, network.address, rates), (f"{name}/near", network.neighbourhood, wider)


def take(work: Work, *wanted: Count) -> list[Window]:
    """Count one hit in each limit, and return their windows. Raises TooOften as ``hit`` does."""
    if not wanted:
        return []
    values: dict[str, Any] = {"now": work.now}
    # Sorted, here and in ``give_back``: otherwise two transactions could deadlock.
    windows = sorted((name, subject, span, most) for name, subject, rates in wanted for most, span in rates)
    for at, (name, subject, span, most) in enumerate(windows):
        end = work.now + timedelta(seconds=span)
        values |= {f"name{at}": name, f"subject{at}": subject, f"most{at}": most, f"span{at}": span, f"end{at}": end}
    taken = work.execute(_upsert(work.connection.dialect.name, len(windows)), values).all()
    if len(taken) == len(windows):
        room = {(name, span): most for name, _, span, most in windows}
        return [Window(name, hits, room[name, span], ends) for name, span, hits, ends in taken]
    subjects = {name: subject for name, subject, _ in wanted}
    for name, span, hits, ends in taken:
        begun = hits == 1 and ends == work.now + timedelta(seconds=span)
        work.execute(_RESET if begun else _UNDO_HIT, {"wanted": name, "of": subjects[name], "in": span})
    for name, subject, rates in wanted:
        if again_at := full(work, name, subject, rates):
            raise TooOften(name, again_at)
    raise AssertionError("a limit refused a hit and is not full")


# Depends on the SQL dialect and on the number of windows alone.
@cache
def _upsert(dialect_name: str, windows: int) -> Executable:
    """Build the statement that counts a hit in each window that has room, and returns those windows."""
    over = Limit.resets_at <= NOW
    names = [bindparam(f"name{at}", type_=String) for at in range(windows)]
    spans = [bindparam(f"span{at}", type_=Integer) for at in range(windows)]
    # A SELECT, since SQLAlchemy compiles an INSERT of several VALUES anew each time; with a WHERE, since SQLite would
    # otherwise parse ON CONFLICT as the ON of a join.
    rows = [
        select(
            names[at],
            bindparam(f"subject{at}", type_=String),
            spans[at],
            literal(1, Integer),
            bindparam(f"end{at}", type_=Moment),
        ).where(true())
        for at in range(windows)
    ]
    this = [and_(Limit.name == names[at], Limit.span == spans[at]) for at in range(windows)]
    most = case(*((row, bindparam(f"most{at}", type_=Integer)) for at, row in enumerate(this)))
    insert = inserting(dialect_name)(Limit).from_select(
        ["name", "subject", "span", "hits", "resets_at"], union_all(*rows)
    )
    statement: Executable = insert.on_conflict_do_update(
        index_elements=["name", "subject", "span"],
        set_={
            "hits": case((over, 1), else_=Limit.hits + 1),
            "resets_at": case((over, insert.excluded.resets_at), else_=Limit.resets_at),
        },
        where=or_(over, Limit.hits < most),
    ).returning(Limit.name, Limit.span, Limit.hits, Limit.resets_at)
    return statement


def count(work: Work, name: str, subject: str, span: int) -> int:
    """Count one hit in a window without a limit, and return its hits."""
    return take(work, (name, subject, ((UNLIMITED, span),)))[0].hits


def shut(work: Work, name: str, subject: str, until: datetime) -> None:
    """Close a limit that has SHUT until a moment; one that is closed for longer stays so."""
    row = {"name": name, "subject": subject, "span": 0, "hits": 1, "resets_at": until}
    work.execute(_shut(work.connection.dialect.name), row)


# Depends on the SQL dialect alone.
@cache
def _shut(dialect_name: str) -> Executable:
    insert = inserting(dialect_name)(Limit)
    statement: Executable = insert.on_conflict_do_update(
        index_elements=["name", "subject", "span"],
        set_={"hits": 1, "resets_at": insert.excluded.resets_at},
        where=Limit.resets_at < insert.excluded.resets_at,
    )
    return statement


def forget(work: Work, name: str, subject: str, span: int) -> None:
    """Reset a window, or open one that was shut."""
    work.execute(_RESET, {"wanted": name, "of": subject, "in": span})


def hits(work: Work, name: str, subject: str) -> int:
    """Return the hits of the fullest window that is running."""
    windows = work.execute(_WINDOWS, {"wanted": name, "of": subject, "now": work.now})
    return max((each.hits for each in windows), default=0)


def full(work: Work, name: str, subject: str, rates: Rates) -> datetime | None:
    """Return the moment at which a full limit opens again; None when it would accept a hit now."""
    most = {span: most for most, span in rates}
    windows = work.execute(_WINDOWS, {"wanted": name, "of": subject, "now": work.now})
    return max((each.resets_at for each in windows if each.hits >= most.get(each.span, each.hits + 1)), default=None)


def full_among(work: Work, wanted: Collection[Count]) -> dict[tuple[str, str], datetime]:
    """Return when each full limit opens again, by name and subject: ``full`` for many limits in one query."""
    most = {(name, subject, span): most for name, subject, rates in wanted for most, span in rates}
    names, subjects = {name for name, _, _ in wanted}, {subject for _, subject, _ in wanted}
    opens: dict[tuple[str, str], datetime] = {}
    for row in work.execute(_AMONG, {"names": list(names), "subjects": list(subjects), "now": work.now}):
        if row.hits >= most.get((row.name, row.subject, row.span), row.hits + 1):
            at = row.name, row.subject
            opens[at] = max(opens.get(at, row.resets_at), row.resets_at)
    return opens


def give_back(work: Work, *counts: Count, taken_at: datetime | None = None) -> None:
    """Undo one hit of each limit: it was counted before the outcome was known, and the outcome was good.

    ``taken_at``: the moment of the hit, if not now. A window that began after it keeps its hits.
    """
    at = taken_at or work.now
    for name, subject, span in sorted((name, subject, span) for name, subject, rates in counts for _, span in rates):
        window = {"wanted": name, "of": subject, "in": span, "end": at + timedelta(seconds=span)}
        work.execute(_GIVE_BACK, window)


_WINDOWS = select(Limit.span, Limit.hits, Limit.resets_at).where(
    Limit.name == bindparam("wanted"), Limit.subject == bindparam("of"), Limit.resets_at > NOW
)
_AMONG = select(Limit.name, Limit.subject, Limit.span, Limit.hits, Limit.resets_at).where(
    Limit.name.in_(bindparam("names", expanding=True)),
    Limit.subject.in_(bindparam("subjects", expanding=True)),
    Limit.resets_at > NOW,
)
_TAKEN = (Limit.name == bindparam("wanted"), Limit.subject == bindparam("of"), Limit.span == bindparam("in"))
_GIVE_BACK = (
    update(Limit)
    .where(*_TAKEN, Limit.hits > 0, Limit.resets_at <= bindparam("end", type_=Moment))
    .values(hits=Limit.hits - 1)
)
_UNDO_HIT = update(Limit).where(*_TAKEN).values(hits=Limit.hits - 1)
_RESET = delete(Limit).where(*_TAKEN)
_KEY = (Limit.name, Limit.subject, Limit.span)
# A window that another transaction is counting in is left for the next time, so that nobody waits.
_OVER = select(*_KEY).where(Limit.resets_at <= NOW).with_for_update(skip_locked=True)
_FORGET = delete(Limit).where(tuple_(*_KEY).in_(_OVER))


def forget_old(work: Work) -> None:
    """Delete the windows that are over."""
    work.execute(_FORGET, {"now": work.now})
