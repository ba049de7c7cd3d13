"""What the kinds of factors on paper share: one an account, made anew in the place of the old one, removed for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Update, bindparam, update

from trustweb import factors, notices
from trustweb.database import Work
from trustweb.factors import enrolled
from trustweb.factors.enrolled import Enrolled
from trustweb.models import NOW, SessionView


class Usable(factors.FactorLike, Protocol):
    """A factor on paper, as the rules see it."""

    @property
    def is_usable(self) -> bool: ...


View = TypeVar("View", bound=Usable)


@dataclass(frozen=True, kw_only=True)
class Paper(Generic[View]):
    name: str
    """As it is stored, and in the journal's events: ``recovery_key_removed``."""
    table: type[Any]
    mine: Callable[[Enrolled], View | None]

    @cached_property
    def _remove(self) -> Update:
        this = self.table.factor_id == bindparam("paper")
        return update(self.table).where(this, self.table.removed_at.is_(None)).values(removed_at=NOW)

    def check_replaceable(self, work: Work, session: SessionView) -> View | None:
        """What a new one takes the place of. Raises FreshProofNeeded, NotFound, Frozen or RemovalTooEarly."""
        factors.require_fresh_proof(session, work.now)
        if not factors.is_two_factor_on(work, session.account_id):
            raise factors.NotFound  # a password alone makes no factor
        return self.check_old(work, session)

    def check_old(self, work: Work, session: SessionView) -> View | None:
        """What there is, if it may go. Raises Frozen or RemovalTooEarly."""
        mine = enrolled.of(work, session.account_id)
        old = self.mine(mine)
        if old is not None and old.is_usable:  # what is used up protects nobody any more
            factors.require_removable(work, session, old, [*mine.sign_in_factors, old], one_stays=False)
        return old

    def check_removal(self, work: Work, session: SessionView) -> View:
        """Whether it may go now. Raises NotFound, Frozen or RemovalTooEarly."""
        old = self.check_old(work, session)
        if old is None:
            raise factors.NotFound
        return old

    def remove(self, work: Work, session: SessionView) -> None:
        """Remove it, for good. Raises FreshProofNeeded or what check_removal raises."""
        factors.require_fresh_proof(session, work.now)
        self.take_away(work, session, self.check_removal(work, session))
        notices.tell(work, session.account_id, f"{self.name}_removed")

    def take_away(self, work: Work, session: SessionView, old: View) -> None:
        work.execute(self._remove, {"paper": old.id, "now": work.now})
        factors.end(work, session, old.id)
