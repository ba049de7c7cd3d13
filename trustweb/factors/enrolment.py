"""Enrolment of the kinds of which an account may have several: adding, renaming, removing and restoring factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import Insert, Select, Update, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from trustweb import factors, journal, notices
from trustweb.config import Config
from trustweb.factors import enrolled, kinds, removal_rules
from trustweb.factors.kinds import Kind
from trustweb.models import NOW, Factor, FactorView, Moment, SessionView, columns
from trustweb.work import Refused, Work

MAX_LABEL = 64
View = TypeVar("View", bound=FactorView)

ADD = insert(Factor).returning(Factor.id)
_FACTOR = update(Factor).where(Factor.id == bindparam("factor"))
RENAME = _FACTOR.values(label=bindparam("new_label"))
REMOVE = _FACTOR.where(Factor.removed_at.is_(None)).values(removed_at=NOW)
_RESTORE = _FACTOR.where(Factor.removed_at.is_not(None)).values(removed_at=None)


class TooMany(Refused):
    """The account has its ``most`` factors of the kind already."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


@dataclass(frozen=True, slots=True)
class RemovedFactor(Generic[View]):
    """A factor that was removed and can still be restored."""

    factor: View
    removed_at: datetime

    @property
    def public_id(self) -> str:
        return self.factor.public_id


def shorten(label: str) -> str:
    return label.strip()[:MAX_LABEL]


def _told(factor: FactorView) -> dict[str, str]:
    return {"label": factor.label}


@dataclass(frozen=True, kw_only=True)
class Enrolment(Generic[View]):
    """The operations on a kind of which an account may have several factors."""

    view: type[View]
    most: Callable[[Config], int]
    too_many: type[TooMany]
    told: Callable[[View], dict[str, str]] = _told
    """The details of a factor for the journal and the notices."""

    @cached_property
    def kind(self) -> Kind:
        return kinds.of_view(self.view)

    def check_room(self, work: Work, account_id: int) -> None:
        """Refuse another factor when the account has its maximum. Raises ``too_many``."""
        most = self.most(work.config)
        if len(enrolled.of(work, account_id).of(self.view)) >= most:
            raise self.too_many(most)

    def find(self, work: Work, account_id: int, public_id: str) -> View:
        """Return the account's factor with this public id. Raises NotFound."""
        return factors.find(enrolled.of(work, account_id).of(self.view), public_id)

    def rename(self, work: Work, session: SessionView, public_id: str, label: str) -> None:
        """Store another name for a factor. Raises FreshProofNeeded or NotFound."""
        factors.require_fresh_proof(session, work.now)
        factor = self.find(work, session.account_id, public_id)
        label = shorten(label)
        if label == factor.label:
            return
        work.execute(RENAME, {"factor": factor.id, "new_label": label})
        journal.write(work, session.account_id, f"{self.kind.noun}_renamed", label=label, before=factor.label)

    def check_removal(self, work: Work, session: SessionView, public_id: str) -> View:
        """Return the factor, or refuse its removal. Raises NotFound, LastFactor, Frozen or RemovalTooEarly."""
        mine = enrolled.of(work, session.account_id)
        factor = factors.find(mine.of(self.view), public_id)
        signs_in = self.kind.signs_in
        among = mine.sign_in_factors if signs_in else mine.named
        removal_rules.require_removable(work, session, factor, among, one_stays=signs_in)
        return factor

    def remove(self, work: Work, session: SessionView, public_id: str) -> View:
        """Remove a factor at once, and end the other sessions that it proved.

        Raises FreshProofNeeded or what check_removal raises.
        """
        factors.require_fresh_proof(session, work.now)
        factor = self.check_removal(work, session, public_id)
        if not work.changed(REMOVE, {"factor": factor.id, "now": work.now}):
            raise factors.NotFound
        factors.end_dependents(work, session, factor.id)
        notices.tell(work, session.account_id, f"{self.kind.noun}_removed", self.told(factor), include_factor=factor.id)
        return factor


@dataclass(frozen=True, kw_only=True)
class SignInEnrolment(Enrolment[View]):
    """The operations on a kind that signs in anywhere. A removed factor can be restored for some days."""

    duplicate_error: type[Refused] | None = None
    """The refusal of a factor that is enrolled already. A kind that has one stores ``removed_at`` in its own table too,
    since a partial unique index covers columns of one table only."""

    @cached_property
    def _add(self) -> Insert:
        return insert(self.kind.table)

    @cached_property
    def _mark(self) -> Update:
        own = update(self.kind.table).where(self.kind.table.factor_id == bindparam("factor"))
        return own.values(removed_at=bindparam("at", type_=Moment))

    @cached_property
    def _restorable(self) -> Select[*tuple[Any, ...]]:
        return (
            select(*columns(self.view, Factor, self.kind.table), Factor.removed_at)
            .join(self.kind.table, self.kind.table.factor_id == Factor.id)
            .where(Factor.account_id == bindparam("account"), Factor.removed_at > bindparam("since"))
            .order_by(Factor.id)
        )

    def add(self, work: Work, session: SessionView, label: str, told: dict[str, str], **own: Any) -> bool:
        """Add a factor that was just proved. Return True if it turned two-factor on.

        Raises ``too_many`` or ``duplicate_error``.
        """
        self.check_room(work, session.account_id)
        factor_id = work.insert(ADD, factors.new_row(work, session, self.kind.name, label))
        self._once(work, self._add, {"factor_id": factor_id} | own)
        factors.require_codes_elsewhere(work, session)
        notices.tell(work, session.account_id, f"{self.kind.noun}_added", told, skip_factor=factor_id)
        return factors.turn_two_factor_on(work, session)

    def _once(self, work: Work, statement: Insert | Update, values: dict[str, Any]) -> None:
        try:
            with work.savepoint():
                work.execute(statement, values)
        except IntegrityError:  # another request was faster
            if self.duplicate_error is None:
                raise
            raise self.duplicate_error from None

    def remove(self, work: Work, session: SessionView, public_id: str) -> View:
        factor = super().remove(work, session, public_id)
        if self.duplicate_error:
            work.execute(self._mark, {"factor": factor.id, "at": work.now})
        return factor

    def restorable(self, work: Work, account_id: int) -> list[RemovedFactor[View]]:
        """Return the removed factors that can still be restored."""
        since = work.now - timedelta(seconds=work.config.removed_rest)
        rows = work.execute(self._restorable, {"account": account_id, "since": since})
        return [RemovedFactor(self.view(*row[:-1]), row[-1]) for row in rows]

    def restore(self, work: Work, session: SessionView, public_id: str) -> None:
        """Restore a removed factor as it was.

        Raises FreshProofNeeded, NotFound, RestoringTooYoung, ``too_many`` or ``duplicate_error``.
        """
        factors.require_fresh_proof(session, work.now)
        removed = factors.find(self.restorable(work, session.account_id), public_id)
        removal_rules.require_older_proof(work, session, removed.removed_at)
        self.check_room(work, session.account_id)
        if self.duplicate_error:
            self._once(work, self._mark, {"factor": removed.factor.id, "at": None})
        if not work.changed(_RESTORE, {"factor": removed.factor.id}):
            raise factors.NotFound
        factors.require_codes_elsewhere(work, session)
        notices.tell(work, session.account_id, f"{self.kind.noun}_restored", self.told(removed.factor))
