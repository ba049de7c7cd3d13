"""Time-based codes (TOTP, RFC 6238) of authenticator apps, and of trusted devices on request, each accepted once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from trustweb import one_time_code
from trustweb.models import APP_SECRET, DEVICE_IS_IN_USE, NOW, AuthenticatorApp, Factor, SessionView, TrustedDevice
from trustweb.work import Work

_SECRET = select(AuthenticatorApp.secret).where(AuthenticatorApp.factor_id == bindparam("factor"))
# The row count decides who was first; a step before the last one counts as used too.
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
        DEVICE_IS_IN_USE,
        # A code that is shown in the browser that asks for it proves nothing.
        TrustedDevice.browser_hash != bindparam("browser"),
    )
)
_TAKE_OF_DEVICE = (
    update(TrustedDevice)
    .where(TrustedDevice.factor_id == bindparam("factor"), TrustedDevice.last_step < bindparam("step"))
    .values(last_step=bindparam("step"), shows_until=None)
)


@dataclass(frozen=True, slots=True)
class Match:
    """A right code, and the factor that it proves."""

    factor_id: int | None
    fresh: bool
    """False when the code was used before."""


def of_app(work: Work, factor_id: int, code: str) -> Match | None:
    """Use up the time step of an app's code. None means wrong. Raises ValueError when the key ring lacks its key."""
    sealed = work.execute(_SECRET, {"factor": factor_id}).scalar_one()
    step = one_time_code.step_of(work.keys.open(APP_SECRET, sealed).decode(), code, work.now)
    if step is None:
        return None
    return Match(factor_id, work.changed(_TAKE, {"factor": factor_id, "step": step}) == 1)


def of_device(work: Work, session: SessionView, code: str) -> Match | None:
    """Use up the time step of a code that a trusted device in another browser shows. None means wrong.

    Only devices that were just asked for a code count: each further one would be another code to guess.
    """
    for device, handle in work.execute(
        _SHOWING, {"account": session.account_id, "browser": session.browser_hash or "", "now": work.now}
    ).all():
        step = one_time_code.step_of(one_time_code.secret_of_device(handle, work.keys), code, work.now)
        if step is not None:
            return Match(device, work.changed(_TAKE_OF_DEVICE, {"factor": device, "step": step}) == 1)
    return None
