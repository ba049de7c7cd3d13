"""How often something may happen, counted in the database, in the transaction of the thing itself.

A window begins with its first hit. One conditional upsert takes a hit in every window or says no, so that
many at once, in many processes, never get more than the limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Executable,
    Integer,
    String,
    bindparam,
    case,
    delete,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from trustweb.config import Rates
from trustweb.database import Refused, Work, inserting
from trustweb.models import NOW, Limit, Moment


class TooOften(Refused):
    """``name``: which limit; ``again_at``: when it opens again."""

    def __init__(self, name: str, again_at: datetime) -> None:
        super().__init__(name)
        self.name = name
        self.again_at = again_at


def hit(work: Work, name: str, subject: str, rates: Rates) -> None:
    """Count one. Raises TooOften when a window is full; the caller's rollback undoes the other windows' hits."""
    if not rates:
        return
    values: dict[str, Any] = {"name": name, "subject": subject, "now": work.now}
    for at, (most, span) in enumerate(rates):
        values |= {f"most{at}": most, f"span{at}": span, f"end{at}": work.now + timedelta(seconds=span)}
    taken = work.execute(_upsert(work.connection.dialect.name, len(rates)), values).all()
    if len(taken) < len(rates):
        again_at = full(work, name, subject, rates)
        assert again_at is not None
        raise TooOften(name, again_at)


@cache
def _upsert(dialect_name: str, windows: int) -> Executable:
    """Take a hit in each window that has room, and return those."""
    over = Limit.resets_at <= NOW
    spans = [bindparam(f"span{at}", type_=Integer) for at in range(windows)]
    # A SELECT, since SQLAlchemy puts an INSERT of several VALUES together anew each time; WHERE, since SQLite
    # takes ON CONFLICT for a join's ON otherwise.
    rows = [
        select(
            bindparam("name", type_=String),
            bindparam("subject", type_=String),
            span,
            literal(1, Integer),
            bindparam(f"end{at}", type_=Moment),
        ).where(true())
        for at, span in enumerate(spans)
    ]
    most = case({span: bindparam(f"most{at}") for at, span in enumerate(spans)}, value=Limit.span)
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
    ).returning(Limit.span)
    return statement


def full(work: Work, name: str, subject: str, rates: Rates) -> datetime | None:
    """When the limit opens again, if the next hit would be refused now."""
    most = {span: most for most, span in rates}
    windows = work.execute(_WINDOWS, {"wanted": name, "of": subject, "now": work.now})
    return max((each.resets_at for each in windows if each.hits >= most.get(each.span, each.hits + 1)), default=None)


def give_back(work: Work, name: str, subject: str) -> None:
    """Undo one hit: it was taken before the outcome was known, and the outcome was good."""
    work.execute(_GIVE_BACK, {"of": subject, "wanted": name})


_OF = (Limit.name == bindparam("wanted"), Limit.subject == bindparam("of"))
_WINDOWS = select(Limit.span, Limit.hits, Limit.resets_at).where(*_OF, Limit.resets_at > NOW)
_GIVE_BACK = update(Limit).where(*_OF, Limit.hits > 0).values(hits=Limit.hits - 1)
_FORGET = delete(Limit).where(Limit.resets_at <= NOW)


def forget_old(work: Work) -> None:
    work.execute(_FORGET, {"now": work.now})
