"""The rules of removing and undoing, against a thief who got in once: what is new does nothing to what is older."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, select

from trustweb.models import Account, Factor, SessionView
from trustweb.work import Refused, Work

_PROVERS = select(Factor.id, Factor.added_at, Factor.trusted_from, Factor.disabled_at, Factor.removed_at).where(
    Factor.id.in_(bindparam("ids", expanding=True))
)
_RULES = select(Account.two_factor_since, Account.frozen_until).where(Account.id == bindparam("account"))


class FactorLike(Protocol):
    """The values of a factor that the rules depend on."""

    @property
    def id(self) -> int: ...
    @property
    def added_at(self) -> datetime: ...
    @property
    def trusted_from(self) -> datetime: ...
    @property
    def disabled_at(self) -> datetime | None: ...


class LastFactor(Refused):
    """The account's last usable factor, without which nobody could sign in any more."""


class Frozen(Refused):
    """A change was reported as not the owner's, so the account is frozen: ``until`` then, only new factors may go."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class TooYoung(Refused):
    """The factor that proved the session is too new for this change, which is allowed from ``possible_at``."""

    def __init__(self, possible_at: datetime) -> None:
        super().__init__(possible_at)
        self.possible_at = possible_at


class RestoringTooYoung(Refused):
    """The factor that proved the session is newer than the removal that it would undo."""


class RemovalTooEarly(Refused):
    """The removal would leave only new factors, or a new factor proved the session; allowed from ``possible_at``."""

    def __init__(self, possible_at: datetime) -> None:
        super().__init__(possible_at)
        self.possible_at = possible_at


def provers(work: Work, session: SessionView) -> Sequence[FactorLike]:
    """Return the factors that proved the session, removed ones too: a removal makes no thief's proof stronger."""
    return work.execute(_PROVERS, {"ids": [session.proved_by, session.step_up_by]}).all()


def check_removal(
    target: FactorLike,
    factors: Sequence[FactorLike],
    provers: Sequence[FactorLike],
    *,
    two_factor: bool,
    now: datetime,
    frozen_until: datetime | None = None,
) -> None:
    """Refuse a removal that could lock the owner out.

    ``factors``: all that are not removed, ``target`` among them; ``provers``: those that proved the session. Raises
    LastFactor, Frozen or RemovalTooEarly. The rules stop a thief who got in once from adding a number and removing the
    owner's: for a day (TRUSTWEB_TRUST_AGE) a new factor cannot remove older ones.
    """
    remaining = [each for each in factors if each.id != target.id]
    if two_factor and not any(each.disabled_at is None for each in remaining):
        raise LastFactor
    if frozen_until is not None and frozen_until > now:
        # A factor that a thief has just added may be removed by somebody with an older one.
        young, proved = target.trusted_from > now, provers and all(each.trusted_from <= now for each in provers)
        if not (young and proved):
            raise Frozen(frozen_until)

    def possible(at: datetime) -> bool:
        too_young = any(each.trusted_from > at and target.added_at <= each.added_at for each in provers)
        left = any(each.trusted_from <= at for each in remaining)
        some = any(each.trusted_from <= at for each in factors)
        return not too_young and (left or not some or not remaining)

    if not possible(now):
        moments = {each.trusted_from for each in (*factors, *provers) if each.trusted_from > now}
        raise RemovalTooEarly(next(at for at in sorted(moments) if possible(at)))


def require_removable(
    work: Work, session: SessionView, target: FactorLike, among: Sequence[FactorLike], *, one_stays: bool
) -> None:
    """Raise as ``check_removal`` does. ``one_stays``: while two-factor is on, a usable one of ``among`` must remain."""
    since, frozen_until = work.execute(_RULES, {"account": session.account_id}).one()
    two_factor = one_stays and since is not None
    proof = provers(work, session)
    check_removal(target, among, proof, two_factor=two_factor, now=work.now, frozen_until=frozen_until)


def require_not_frozen(work: Work, account_id: int) -> None:
    """Refuse a change while the account is frozen. Raises Frozen."""
    _, frozen_until = work.execute(_RULES, {"account": account_id}).one()
    if frozen_until is not None and frozen_until > work.now:
        raise Frozen(frozen_until)


def require_older_proof(work: Work, session: SessionView, removed_at: datetime) -> None:
    """Refuse to undo a removal with a factor that is newer than the removal. Raises RestoringTooYoung."""
    found = work.execute(_PROVERS, {"ids": [session.proved_by, session.step_up_by]}).all()
    if not found or any(each.added_at >= removed_at or each.removed_at for each in found):
        raise RestoringTooYoung


def require_older_hand(work: Work, session: SessionView, among: Sequence[FactorLike]) -> None:
    """Refuse a proof by a factor of the last day while an older factor of ``among`` exists. Raises TooYoung."""
    young = [each.trusted_from for each in provers(work, session) if each.trusted_from > work.now]
    if young and any(each.trusted_from <= work.now for each in among):
        raise TooYoung(max(young))
