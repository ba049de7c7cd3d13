"""What may be used once: a nonce that was signed or sealed by us is noted when it comes back, as long as it could come
again."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Executable, delete

from trustweb.database import Work, inserting
from trustweb.models import NOW, UsedChallenge

_FORGET = delete(UsedChallenge).where(UsedChallenge.expires_at <= NOW)


def use(work: Work, nonce: str, expires_at: datetime) -> bool:
    """Use a nonce up; False when somebody else has: the row count decides who was first."""
    row = {"id": nonce, "expires_at": expires_at}
    return work.changed(_use(work.connection.dialect.name), row) == 1


# By the kind of database.
@cache
def _use(dialect_name: str) -> Executable:
    statement: Executable = inserting(dialect_name)(UsedChallenge).on_conflict_do_nothing()
    return statement


def forget_used(work: Work) -> None:
    """Delete those that are too old to come again."""
    work.execute(_FORGET, {"now": work.now})
