"""How often something may happen, counted in the database, in the transaction of the thing itself.

A window begins with its first hit. One conditional upsert takes a hit or says no, so that many at once,
in many processes, never get more than the limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trustweb.config import Rates
from trustweb.database import Refused, Work
from trustweb.models import Limit


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
    dialect = postgresql if work.db.get_bind().dialect.name == "postgresql" else sqlite
    fresh = {"hits": 1, "resets_at": work.now + timedelta(seconds=span)}
    over = Limit.resets_at <= work.now
    statement = (
        dialect.insert(Limit)
        .values(name=name, subject=subject, span=span, **fresh)
        .on_conflict_do_update(
            index_elements=["name", "subject", "span"],
            set_={
                "hits": case((over, 1), else_=Limit.hits + 1),
                "resets_at": case((over, fresh["resets_at"]), else_=Limit.resets_at),
            },
            where=or_(over, Limit.hits < most),
        )
        .returning(Limit.hits)
    )
    return work.db.scalar(statement) is not None


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
    for _, span in rates:
        work.db.execute(update(Limit).where(*_row(name, subject, span), Limit.hits > 0).values(hits=Limit.hits - 1))


def forget_old(work: Work) -> None:
    work.db.execute(delete(Limit).where(Limit.resets_at <= work.now))


def _row(name: str, subject: str, span: int) -> tuple[ColumnElement[bool], ...]:
    return Limit.name == name, Limit.subject == subject, Limit.span == span
