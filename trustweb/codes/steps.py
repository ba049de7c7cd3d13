"""Codes that change by themselves every half a minute, as authenticator apps show them. None is good twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from trustweb import one_time_code
from trustweb.database import Work
from trustweb.models import APP_SECRET, AuthenticatorApp

_SECRET = select(AuthenticatorApp.secret).where(AuthenticatorApp.factor_id == bindparam("factor"))
# The row count decides who was first; and a step before the last one is as used as the last one itself.
_TAKE = (
    update(AuthenticatorApp)
    .where(AuthenticatorApp.factor_id == bindparam("factor"), AuthenticatorApp.last_step < bindparam("step"))
    .values(last_step=bindparam("step"))
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
