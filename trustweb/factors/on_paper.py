"""Proofs from paper instead of a sent code: the recovery key and the backup codes, each of which works once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, delete, or_, select, update

from trustweb import factors
from trustweb.codes import failures
from trustweb.codes.challenges import SIGN_IN, STEP_UP
from trustweb.factors import backup_codes, recovery_key
from trustweb.factors.enrolled import Enrolled
from trustweb.factors.kinds import KINDS
from trustweb.factors.papers import PaperWrong
from trustweb.models import BACKUP_CODES, NOW, RECOVERY_KEY, Factor, SessionView
from trustweb.work import Work

_BEFORE: BindParameter[datetime] = bindparam("before")
_TABLES = [kind.table for kind in KINDS.values() if kind.single_use]
_FORGET = delete(Factor).where(
    or_(*(Factor.id.in_(select(table.factor_id).where(table.removed_at < _BEFORE)) for table in _TABLES))
)

_YOUNG = select(Factor.id).where(Factor.account_id == bindparam("account"), Factor.trusted_from > NOW)
_REMOVE_YOUNG = [
    update(table).where(table.factor_id.in_(_YOUNG), table.removed_at.is_(None)).values(removed_at=NOW)
    for table in _TABLES
]


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of factor on paper, and the purposes for which it replaces a code."""

    kind: str
    name: str
    """The name in URLs."""
    purposes: frozenset[str]
    prove: Callable[[Work, int, str], int]

    @property
    def method(self) -> str:
        """The name in the journal."""
        return self.name.replace("-", "_")


_WAYS = (
    Way(RECOVERY_KEY, "recovery-key", frozenset({SIGN_IN}), recovery_key.prove),
    Way(BACKUP_CODES, "backup-code", frozenset({SIGN_IN, STEP_UP}), backup_codes.prove),
)


def ways_for(purpose: str) -> list[Way]:
    """Return the ways that exist for a purpose."""
    return [way for way in _WAYS if purpose in way.purposes]


def ways(mine: Enrolled, purpose: str) -> list[Way]:
    """Return the ways that the account can use now instead of a code."""
    there = {each.kind for each in mine.factors if each.is_usable}
    return [way for way in ways_for(purpose) if way.kind in there]


def find(purpose: str, name: str) -> Way:
    """Return the way with this name in URLs. Raises NotFound."""
    for way in ways_for(purpose):
        if way.name == name:
            return way
    raise factors.NotFound


def prove(work: Work, session: SessionView, way: Way, typed: str) -> int:
    """Check what was typed from paper instead of a code, and return its factor id.

    A wrong one counts as a wrong code does. Raises limits.TooOften or what ``way.prove`` raises.
    """
    failures.begin(work, session)
    try:
        factor_id = way.prove(work, session.account_id, typed)
    except PaperWrong:
        failures.count(work, session, None)
        raise
    failures.forgive(work, session, factor_id)
    return factor_id


def remove_young(work: Work, account_id: int) -> None:
    """Remove the papers made in the last day: the owner cannot see whether a thief has written them down."""
    for remove in _REMOVE_YOUNG:
        work.execute(remove, {"account": account_id, "now": work.now})


def forget_removed(work: Work) -> None:
    """Delete the removed papers after TRUSTWEB_REMOVED_REST, when no session that they let in is left."""
    work.execute(_FORGET, {"before": work.now - timedelta(seconds=work.config.removed_rest)})
