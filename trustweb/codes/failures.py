"""What wrong and right codes do to an account and to the factor they are for.

Known browsers and strangers fail in windows of their own: a stranger who knows the password cannot use up
the owner's tries.
"""

from __future__ import annotations

from sqlalchemy import case, update

from trustweb.codes import limits
from trustweb.database import Work
from trustweb.models import Account, Factor, SignInSession


def begin(work: Work, session: SignInSession) -> None:
    """Count a failure before anything is compared; ``forgive`` takes it back. Raises limits.TooOften."""
    limits.hit(work, _window(session), str(session.account_id), work.config.code_failures)


def count(work: Work, session: SignInSession, factor_id: int | None) -> None:
    """The code was wrong: wear the factor, and tell the owner when strangers have used up their window."""
    if factor_id is not None:
        fails = Factor.fails_in_row + 1
        worn_out = case((fails >= work.config.factor_failures, work.now), else_=Factor.disabled_at)
        work.db.execute(update(Factor).where(Factor.id == factor_id).values(fails_in_row=fails, disabled_at=worn_out))
    rates = work.config.code_failures
    if not session.known_browser and limits.full(work, _window(session), str(session.account_id), rates):
        work.db.execute(update(Account).where(Account.id == session.account_id).values(strangers_blocked_at=work.now))


def forgive(work: Work, session: SignInSession, factor_id: int | None) -> None:
    """The code was right: it was no failure, and the factor is as good as new."""
    limits.give_back(work, _window(session), str(session.account_id), work.config.code_failures)
    if factor_id is not None:
        fresh = {"fails_in_row": 0, "disabled_at": None, "last_proved_at": work.now}
        work.db.execute(update(Factor).where(Factor.id == factor_id).values(**fresh))


def worn_out(work: Work, session: SignInSession, factor_id: int | None) -> bool:
    """Whether the factor was disabled after its code went out; from a known browser it may still be proved anew."""
    factor = work.db.get(Factor, factor_id) if factor_id is not None else None
    return factor is not None and factor.disabled_at is not None and not session.known_browser


def _window(session: SignInSession) -> str:
    return "code_known" if session.known_browser else "code_stranger"
