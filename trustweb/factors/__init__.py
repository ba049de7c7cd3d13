"""What a factor is, and the rules of adding and removing one. The rules are pure functions of state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import bindparam, delete, or_, select, update

from trustweb import journal
from trustweb.codes import challenges, links
from trustweb.database import Refused, Work
from trustweb.models import NOW, TRUSTED_DEVICE, Account, Factor, SessionView, SignInSession, TrustedDevice

_PROVERS = select(Factor.id, Factor.added_at, Factor.trusted_from, Factor.disabled_at, Factor.removed_at).where(
    Factor.id.in_(bindparam("ids", expanding=True))
)
_DOUBT = (
    update(TrustedDevice)
    .where(TrustedDevice.account_id == bindparam("account"), TrustedDevice.browser_hash != bindparam("but"))
    .values(skips_code=False)
)
_TURN_ON = (
    update(Account)
    .where(Account.id == bindparam("account"), Account.two_factor_since.is_(None))
    .values(two_factor_since=NOW, two_factor_off_at=None)
)
_END_TRUST = (
    update(Factor)
    .where(Factor.account_id == bindparam("account"), Factor.kind == TRUSTED_DEVICE, Factor.removed_at.is_(None))
    .values(removed_at=NOW)
)
_END_OTHERS = (
    update(SignInSession)
    .where(
        SignInSession.account_id == bindparam("account"),
        SignInSession.id != bindparam("but"),
        SignInSession.ended_at.is_(None),
    )
    .values(ended_at=NOW)
)
_RULES = select(Account.two_factor_since, Account.frozen_until).where(Account.id == bindparam("account"))
_END_PROVED = (
    update(SignInSession)
    .where(
        SignInSession.account_id == bindparam("account"),
        or_(SignInSession.proved_by == bindparam("factor"), SignInSession.step_up_by == bindparam("factor")),
        SignInSession.id != bindparam("but"),
        SignInSession.ended_at.is_(None),
    )
    .values(ended_at=NOW, kept_act=None)
)
_FORGET = delete(Factor).where(Factor.removed_at < bindparam("before"))


class FactorLike(Protocol):
    """What the rules look at."""

    @property
    def id(self) -> int: ...
    @property
    def added_at(self) -> datetime: ...
    @property
    def trusted_from(self) -> datetime: ...
    @property
    def disabled_at(self) -> datetime | None: ...


class Named(Protocol):
    """What has an id for URLs."""

    @property
    def public_id(self) -> str: ...


Kind = TypeVar("Kind", bound=Named)


class NotFound(Exception):
    """No factor of this account has this id; another account's is as unknown as a random one."""


class FreshProofNeeded(Exception):
    """The last proof is too long ago for a change. No refusal: the change goes on after a new proof."""


class LastFactor(Refused):
    """Without it nobody could sign in any more."""


class Frozen(Refused):
    """Somebody said that a change was not theirs; ``until`` then nothing older than a day is removed."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class TooYoung(Refused):
    """What proved the session is too new for this; ``possible_at`` says when it may."""

    def __init__(self, possible_at: datetime) -> None:
        super().__init__(possible_at)
        self.possible_at = possible_at


class RestoringTooYoung(Refused):
    """What proved the session is younger than the removal that it wants to undo."""


class RemovalTooEarly(Refused):
    """Too new a factor would remain, or removes; ``possible_at`` says when it may."""

    def __init__(self, possible_at: datetime) -> None:
        super().__init__(possible_at)
        self.possible_at = possible_at


def find(factors: Sequence[Kind], public_id: str) -> Kind:
    """Raises NotFound."""
    for each in factors:
        if each.public_id == public_id:
            return each
    raise NotFound


def require_fresh_proof(session: SessionView, now: datetime) -> None:
    if session.step_up_until is None or session.step_up_until <= now:
        raise FreshProofNeeded


def provers(work: Work, session: SessionView) -> Sequence[FactorLike]:
    """What proved the session. Removed ones too: what a thief's number proved does not grow stronger when it goes."""
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
    """Whether ``target`` may go. ``factors``: all that are not removed. ``provers``: what proved the session.

    Raises LastFactor, Frozen or RemovalTooEarly. The rules stop a thief who got in once from adding an own number
    and throwing the owner's out: for a day the new one can do nothing against the older ones.
    """
    remaining = [each for each in factors if each.id != target.id]
    if two_factor and not any(each.disabled_at is None for each in remaining):
        raise LastFactor
    if frozen_until is not None and frozen_until > now:
        # What a thief has just added may go, by the hand of who was trusted before.
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
    """Raises LastFactor, Frozen or RemovalTooEarly. ``one_stays``: while two-factor is on, one of ``among`` has to."""
    since, frozen_until = work.execute(_RULES, {"account": session.account_id}).one()
    two_factor = one_stays and since is not None
    proof = provers(work, session)
    check_removal(target, among, proof, two_factor=two_factor, now=work.now, frozen_until=frozen_until)


def require_not_frozen(work: Work, account_id: int) -> None:
    """Raises Frozen."""
    _, frozen_until = work.execute(_RULES, {"account": account_id}).one()
    if frozen_until is not None and frozen_until > work.now:
        raise Frozen(frozen_until)


def row(work: Work, session: SessionView, kind: str, label: str) -> dict[str, Any]:
    """A factor that was proved just now, as it is stored."""
    return {
        "account_id": session.account_id,
        "kind": kind,
        "label": label,
        "added_at": work.now,
        "trusted_from": work.now + timedelta(seconds=work.config.trust_age),
        "last_proved_at": work.now,
    }


def require_older_proof(work: Work, session: SessionView, removed_at: datetime) -> None:
    """Undoing needs a factor that is older than what it undoes. Raises RestoringTooYoung."""
    found = work.execute(_PROVERS, {"ids": [session.proved_by, session.step_up_by]}).all()
    if not found or any(each.added_at >= removed_at or each.removed_at for each in found):
        raise RestoringTooYoung


def end(work: Work, session: SessionView, factor_id: int) -> None:
    """What follows a removal: nobody waits for its answer, and whoever came in with it goes, but for who removes it."""
    challenges.end_of_factor(work, factor_id)
    links.end_all(work, session.account_id)
    ending = {"account": session.account_id, "factor": factor_id, "but": session.id, "now": work.now}
    work.execute(_END_PROVED, ending)
    doubt_devices(work, session)


def require_older_hand(work: Work, session: SessionView, among: Sequence[FactorLike]) -> None:
    """What came in the last day does not take away what was there before. Raises TooYoung."""
    young = [each.trusted_from for each in provers(work, session) if each.trusted_from > work.now]
    if young and any(each.trusted_from <= work.now for each in among):
        raise TooYoung(max(young))


def forget_removed(work: Work) -> None:
    """Delete what has rested long enough after its removal."""
    work.execute(_FORGET, {"before": work.now - timedelta(seconds=work.config.removed_rest)})


def doubt_devices(work: Work, session: SessionView) -> None:
    """A factor was changed: the other browsers need a code once more before their cookies stand in for one again."""
    work.execute(_DOUBT, {"account": session.account_id, "but": session.browser_hash or ""})


def is_two_factor_on(work: Work, account_id: int) -> bool:
    since, _ = work.execute(_RULES, {"account": account_id}).one()
    return since is not None


def turn_two_factor_on(work: Work, session: SessionView) -> bool:
    """With the first factor, once; True when it was this one."""
    if not work.changed(_TURN_ON, {"account": session.account_id, "now": work.now}):
        return False
    # Whoever signed in elsewhere did so with the password alone, which is not enough any more.
    work.execute(_END_OTHERS, {"account": session.account_id, "but": session.id, "now": work.now})
    work.execute(_END_TRUST, {"account": session.account_id, "now": work.now})
    journal.write(work, session.account_id, "two_factor_on")
    return True
