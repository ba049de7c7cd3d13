"""How often something may happen, counted in the database, in the transaction of the thing itself.

A window begins with its first hit. One conditional upsert takes a hit or says no, so that many at once,
in many processes, never get more than the limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Executable, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trustweb.config import Rates
from trustweb.database import Refused, Work
from trustweb.models import Limit, Moment


class TooOften(Refused):
    """``name``: which limit; ``again_at``: when it opens again."""

    def __init__(self, name: str, again_at: datetime) -> None:
        super().__init__(name)
        self.name = name
        self.again_at = again_at


def hit(work: Work, name: str, subject: str, rates: Rates) -> None:
    """Count one. Raises TooOften when a window is full; the caller's rollback undoes the other windows' hits."""
    for most, span in rates:
        if not _take(work, name, subject, most, span):
            again_at = full(work, name, subject, rates)
            assert again_at is not None
            raise TooOften(name, again_at)


def _take(work: Work, name: str, subject: str, most: int, span: int) -> bool:
    values = {"name": name, "subject": subject, "span": span, "most": most, "now": work.now}
    values["end"] = work.now + timedelta(seconds=span)
    return work.db.scalar(_upsert(work.connection.dialect.name), values) is not None


@cache
def _upsert(dialect_name: str) -> Executable:
    """Take a hit, or say no. Built once: putting it together takes longer than executing it."""
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    # Typed, or a moment would reach SQLite with its zone.
    now, end = bindparam("now", type_=Moment), bindparam("end", type_=Moment)
    over = Limit.resets_at <= now
    statement: Executable = (
        dialect.insert(Limit)
        .values(name=bindparam("name"), subject=bindparam("subject"), span=bindparam("span"), hits=1, resets_at=end)
        .on_conflict_do_update(
            index_elements=["name", "subject", "span"],
            set_={
                "hits": case((over, 1), else_=Limit.hits + 1),
                "resets_at": case((over, end), else_=Limit.resets_at),
            },
            where=or_(over, Limit.hits < bindparam("most")),
        )
        .returning(Limit.hits)
    )
    return statement


def full(work: Work, name: str, subject: str, rates: Rates) -> datetime | None:
    """When the limit opens again, if the next hit would be refused now."""
    opens = [
        work.db.scalar(
            select(Limit.resets_at).where(*_row(name, subject, span), Limit.hits >= most, Limit.resets_at > work.now)
        )
        for most, span in rates
    ]
    return max(filter(None, opens), default=None)


def give_back(work: Work, name: str, subject: str, rates: Rates) -> None:
    """Undo one hit: it was taken before the outcome was known, and the outcome was good."""
    spans = [span for _, span in rates]
    work.db.execute(_GIVE_BACK, {"wanted": name, "of": subject, "spans": spans})


_GIVE_BACK = (
    update(Limit.__table__)  # type: ignore[arg-type]
    .where(
        Limit.name == bindparam("wanted"),
        Limit.subject == bindparam("of"),
        Limit.span.in_(bindparam("spans", expanding=True)),
        Limit.hits > 0,
    )
    .values(hits=Limit.hits - 1)
)


def forget_old(work: Work) -> None:
    work.db.execute(delete(Limit).where(Limit.resets_at <= work.now))


def _row(name: str, subject: str, span: int) -> tuple[ColumnElement[bool], ...]:
    return Limit.name == name, Limit.subject == subject, Limit.span == span
