"""The kinds of factors on paper: one per account, replaced by a new one, and never restored after a removal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from sqlalchemy import Update, bindparam, update

from trustweb import factors, notices
from trustweb.factors import enrolled, kinds, removal_rules
from trustweb.factors.kinds import Kind
from trustweb.models import NOW, FactorView, SessionView
from trustweb.work import Refused, Work

View = TypeVar("View", bound=FactorView)


class PaperWrong(Refused):
    """The typed text is not on the paper, or is used up. The try stays counted."""

    keeps_changes = True


@dataclass(frozen=True, kw_only=True)
class Paper(Generic[View]):
    """The operations on a kind on paper, of which an account has at most one."""

    view: type[View]

    @cached_property
    def kind(self) -> Kind:
        return kinds.of_view(self.view)

    @cached_property
    def _remove(self) -> Update:
        this = self.kind.table.factor_id == bindparam("paper")
        return update(self.kind.table).where(this, self.kind.table.removed_at.is_(None)).values(removed_at=NOW)

    def check_replaceable(self, work: Work, session: SessionView) -> View | None:
        """Return the factor that a new one would replace, or None.

        Raises FreshProofNeeded, Frozen, RemovalTooEarly, or NotFound while two-factor is off.
        """
        factors.require_fresh_proof(session, work.now)
        if not factors.is_two_factor_on(work, session.account_id):
            raise factors.NotFound  # a password alone makes no factor
        return self.check_old(work, session)

    def check_old(self, work: Work, session: SessionView) -> View | None:
        """Return the account's factor, or None; refuse when it may not be removed. Raises Frozen or RemovalTooEarly."""
        mine = enrolled.of(work, session.account_id)
        old = next(iter(mine.of(self.view)), None)
        if old is not None and old.is_usable:  # one that is used up protects nobody, so it may always go
            removal_rules.require_removable(work, session, old, [*mine.sign_in_factors, old], one_stays=False)
        return old

    def check_removal(self, work: Work, session: SessionView) -> View:
        """Return the account's factor, or refuse its removal. Raises NotFound, Frozen or RemovalTooEarly."""
        old = self.check_old(work, session)
        if old is None:
            raise factors.NotFound
        return old

    def remove(self, work: Work, session: SessionView) -> None:
        """Remove it; it cannot be restored. Raises FreshProofNeeded or what check_removal raises."""
        factors.require_fresh_proof(session, work.now)
        self.take_away(work, session, self.check_removal(work, session))
        notices.tell(work, session.account_id, f"{self.kind.noun}_removed")

    def take_away(self, work: Work, session: SessionView, old: View) -> None:
        work.execute(self._remove, {"paper": old.id, "now": work.now})
        factors.end_dependents(work, session, old.id)
