"""What people have on paper, instead of a code: it works once, and needs nothing but to be typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, delete, or_, select, update

from trustweb import factors
from trustweb.codes import failures
from trustweb.codes.challenges import SIGN_IN, STEP_UP
from trustweb.database import Work
from trustweb.factors import backup_codes, recovery_key
from trustweb.factors.enrolled import Enrolled
from trustweb.factors.kinds import KINDS
from trustweb.factors.papers import PaperWrong
from trustweb.models import BACKUP_CODES, NOW, RECOVERY_KEY, Factor, SessionView

_BEFORE: BindParameter[datetime] = bindparam("before")
_TABLES = [kind.table for kind in KINDS.values() if kind.once]
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
    kind: str
    name: str
    """In addresses."""
    purposes: frozenset[str]
    prove: Callable[[Work, int, str], int]

    @property
    def method(self) -> str:
        """In the journal."""
        return self.name.replace("-", "_")


_WAYS = (
    Way(RECOVERY_KEY, "recovery-key", frozenset({SIGN_IN}), recovery_key.prove),
    Way(BACKUP_CODES, "backup-code", frozenset({SIGN_IN, STEP_UP}), backup_codes.prove),
)


def ways_for(purpose: str) -> list[Way]:
    return [way for way in _WAYS if purpose in way.purposes]


def ways(mine: Enrolled, purpose: str) -> list[Way]:
    """What may stand in for a code now."""
    there = {each.kind for each in mine.factors if each.is_usable}
    return [way for way in ways_for(purpose) if way.kind in there]


def find(purpose: str, name: str) -> Way:
    """Raises NotFound."""
    for way in ways_for(purpose):
        if way.name == name:
            return way
    raise factors.NotFound


def prove(work: Work, session: SessionView, way: Way, typed: str) -> int:
    """Take what is on paper instead of a code, and return its factor. Wrong ones count as wrong codes do.

    Raises limits.TooOften or what the way raises.
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
    """Remove what was made in the last day: nobody sees what somebody else has written down."""
    for remove in _REMOVE_YOUNG:
        work.execute(remove, {"account": account_id, "now": work.now})


def forget_removed(work: Work) -> None:
    """Delete what was removed, once no session that it let in is left."""
    work.execute(_FORGET, {"before": work.now - timedelta(seconds=work.config.removed_rest)})
