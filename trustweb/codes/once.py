"""One-use nonces: a nonce that we signed or sealed is stored when it comes back, until it expires."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Executable, delete

from trustweb.models import NOW, UsedChallenge
from trustweb.statements import inserting
from trustweb.work import Work

_FORGET = delete(UsedChallenge).where(UsedChallenge.expires_at <= NOW)


def use(work: Work, nonce: str, expires_at: datetime) -> bool:
    """Use up a nonce. Return False when it was used before; the row count decides who was first."""
    row = {"id": nonce, "expires_at": expires_at}
    return work.changed(_use(work.connection.dialect.name), row) == 1


# Depends on the SQL dialect alone.
@cache
def _use(dialect_name: str) -> Executable:
    statement: Executable = inserting(dialect_name)(UsedChallenge).on_conflict_do_nothing()
    return statement


def forget_used(work: Work) -> None:
    """Delete the nonces that have expired."""
    work.execute(_FORGET, {"now": work.now})
