"""Codes that change by themselves every half a minute: those of authenticator apps, and those that a trusted device
shows when somebody asks for one there. None is good twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from trustweb import one_time_code
from trustweb.database import Work
from trustweb.models import APP_SECRET, NOW, AuthenticatorApp, Factor, SessionView, TrustedDevice

_SECRET = select(AuthenticatorApp.secret).where(AuthenticatorApp.factor_id == bindparam("factor"))
# The row count decides who was first; and a step before the last one is as used as the last one itself.
_TAKE = (
    update(AuthenticatorApp)
    .where(AuthenticatorApp.factor_id == bindparam("factor"), AuthenticatorApp.last_step < bindparam("step"))
    .values(last_step=bindparam("step"))
)
_SHOWING = (
    select(TrustedDevice.factor_id, TrustedDevice.handle)
    .join(Factor, Factor.id == TrustedDevice.factor_id)
    .where(
        TrustedDevice.account_id == bindparam("account"),
        TrustedDevice.shows_until > NOW,
        TrustedDevice.expires_at > NOW,
        TrustedDevice.skips_code,
        # What is shown in the browser that asks proves nothing.
        TrustedDevice.browser_hash != bindparam("browser"),
        Factor.removed_at.is_(None),
        Factor.disabled_at.is_(None),
    )
)
_TAKE_OF_DEVICE = (
    update(TrustedDevice)
    .where(TrustedDevice.factor_id == bindparam("factor"), TrustedDevice.last_step < bindparam("step"))
    .values(last_step=bindparam("step"), shows_until=None)
)


@dataclass(frozen=True, slots=True)
class Match:
    """A code is the right one of its half minute."""

    factor_id: int | None
    fresh: bool
    """False: it was used before."""


def of_app(work: Work, factor_id: int, code: str) -> Match | None:
    """Take the step whose code an app shows. None: wrong. Raises ValueError when the ring has lost the key."""
    sealed = work.execute(_SECRET, {"factor": factor_id}).scalar_one()
    step = one_time_code.step_of(work.keys.open(APP_SECRET, sealed).decode(), code, work.now)
    if step is None:
        return None
    return Match(factor_id, work.changed(_TAKE, {"factor": factor_id, "step": step}) == 1)


def of_device(work: Work, session: SessionView, code: str) -> Match | None:
    """Take the step whose code a trusted device elsewhere shows. None: wrong.

    A device that nobody has asked for a code just now has none that counts, or each would be one more to guess.
    """
    for device, handle in work.execute(
        _SHOWING, {"account": session.account_id, "browser": session.browser_hash or "", "now": work.now}
    ).all():
        step = one_time_code.step_of(one_time_code.secret_of_device(handle, work.keys), code, work.now)
        if step is not None:
            return Match(device, work.changed(_TAKE_OF_DEVICE, {"factor": device, "step": step}) == 1)
    return None
