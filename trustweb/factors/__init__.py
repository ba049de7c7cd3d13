"""The parts that all kinds of factors share: freshness of the proof, storage, dependents, two-factor on and off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import bindparam, delete, select, update

from trustweb import endings, journal
from trustweb.codes import challenges, links
from trustweb.models import NOW, TRUSTED_DEVICE, Account, Factor, SessionView, TrustedDevice
from trustweb.work import Work

_STOP_SKIPPING = (
    update(TrustedDevice)
    .where(TrustedDevice.account_id == bindparam("account"), TrustedDevice.browser_hash != bindparam("keep"))
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
_TWO_FACTOR_SINCE = select(Account.two_factor_since).where(Account.id == bindparam("account"))
_FORGET = delete(Factor).where(Factor.removed_at < bindparam("before"))


class HasPublicId(Protocol):
    """A value with an id that may stand in URLs."""

    @property
    def public_id(self) -> str: ...


Item = TypeVar("Item", bound=HasPublicId)


class NotFound(Exception):
    """No factor of this account has this id. The answer for another account's id is the same as for a random one."""


class FreshProofNeeded(Exception):
    """The last proof is too old for a change. Not a Refused: the change continues after a new proof (step-up)."""


def find(items: Sequence[Item], public_id: str) -> Item:
    """Return the item with this public id. Raises NotFound."""
    for each in items:
        if each.public_id == public_id:
            return each
    raise NotFound


def require_fresh_proof(session: SessionView, now: datetime) -> None:
    """Refuse a change outside the step-up window. Raises FreshProofNeeded."""
    if session.step_up_until is None or session.step_up_until <= now:
        raise FreshProofNeeded


def new_row(work: Work, session: SessionView, kind: str, label: str) -> dict[str, Any]:
    """Return the columns of ``factor`` for one that was proved just now."""
    return {
        "account_id": session.account_id,
        "kind": kind,
        "label": label,
        "added_at": work.now,
        "trusted_from": work.now + timedelta(seconds=work.config.trust_age),
        "last_proved_at": work.now,
    }


def end_dependents(work: Work, session: SessionView, factor_id: int) -> None:
    """End what depends on a removed factor.

    That is its challenges, the account's links, the other sessions that it proved, and whatever it proved at services.
    """
    challenges.end_of_factor(work, factor_id)
    links.end_all(work, session.account_id)
    endings.PROVED_BY.end(work, account=session.account_id, factor=factor_id, keep=session.id)
    require_codes_elsewhere(work, session)


def forget_removed(work: Work) -> None:
    """Delete the factors whose time to be restored after their removal is over."""
    work.execute(_FORGET, {"before": work.now - timedelta(seconds=work.config.removed_rest)})


def require_codes_elsewhere(work: Work, session: SessionView) -> None:
    """Let the account's other trusted devices skip no code, after a change of factors, until one is proved there."""
    work.execute(_STOP_SKIPPING, {"account": session.account_id, "keep": session.browser_hash or ""})


def is_two_factor_on(work: Work, account_id: int) -> bool:
    since = work.execute(_TWO_FACTOR_SINCE, {"account": account_id}).scalar_one()
    return since is not None


def turn_two_factor_on(work: Work, session: SessionView) -> bool:
    """Turn two-factor on with the first factor. Return True if it was off."""
    if not work.changed(_TURN_ON, {"account": session.account_id, "now": work.now}):
        return False
    # The other sessions were signed in with the password alone, which is not enough any more.
    endings.OTHERS.end(work, account=session.account_id, keep=session.id)
    work.execute(_END_TRUST, {"account": session.account_id, "now": work.now})
    journal.write(work, session.account_id, "two_factor_on")
    return True
