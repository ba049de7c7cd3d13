"""Counting of wrong and right codes, for the account and for the factor.

Known browsers and strangers have separate windows, so that a stranger who knows the password cannot use up the owner's
tries.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, case, or_, update

from trustweb import journal, notices
from trustweb.codes import limits
from trustweb.codes.limits import Count
from trustweb.config import Rates
from trustweb.models import NOW, Account, Factor, Moment, SessionView
from trustweb.work import Work

UNANSWERED = "unanswered"
"""The limit of codes that were sent for a stranger without a click, and that nobody has typed."""
_MOST_UNANSWERED: Rates = ((2, 86400),)
"""With more, somebody with the password could ring the owner's phone all night."""
_FAILS = Factor.fails_in_row + 1
_WEAR = (
    update(Factor)
    .where(Factor.id == bindparam("factor"))
    .values(
        fails_in_row=_FAILS,
        disabled_at=case((bindparam("most") <= _FAILS, NOW), else_=Factor.disabled_at),
    )
)
_RENEW = (
    update(Factor).where(Factor.id == bindparam("factor")).values(fails_in_row=0, disabled_at=None, last_proved_at=NOW)
)
_WARN = update(Account).where(Account.id == bindparam("account")).values(strangers_blocked_at=NOW)
_WARN_ANEW = _WARN.where(
    or_(Account.strangers_blocked_at.is_(None), Account.strangers_blocked_at <= bindparam("yesterday", type_=Moment))
)


def unanswered(account_id: int) -> Count:
    """Return the count of codes that are sent for a stranger without a click."""
    return UNANSWERED, str(account_id), _MOST_UNANSWERED


def begin(work: Work, session: SessionView) -> None:
    """Count a failure before the code is compared; ``forgive`` undoes it. Raises limits.TooOften."""
    limits.hit(work, _window(session), str(session.account_id), work.config.code_failures)


def count(work: Work, session: SessionView, factor_id: int | None) -> None:
    """Count a wrong code against its factor, and tell the owner when strangers have used up their window."""
    if factor_id is not None:
        work.execute(_WEAR, {"factor": factor_id, "most": work.config.factor_failures, "now": work.now})
    rates = work.config.code_failures
    if not session.known_browser and limits.full(work, _window(session), str(session.account_id), rates):
        whose = {"account": session.account_id, "now": work.now}
        # Once a day, or a stranger would use up the messages that the owner needs.
        if work.changed(_WARN_ANEW, whose | {"yesterday": work.now - timedelta(days=1)}):
            notices.tell(work, session.account_id, "sign_in_failed_codes")
        else:
            work.execute(_WARN, whose)
            journal.write(work, session.account_id, "sign_in_failed_codes")


def forgive(work: Work, session: SessionView, factor_id: int | None) -> None:
    """Undo the failure after a right code, and reset the unanswered codes and the factor's failures."""
    account = str(session.account_id)
    limits.give_back(work, (_window(session), account, work.config.code_failures), unanswered(session.account_id))
    if factor_id is not None:
        work.execute(_RENEW, {"factor": factor_id, "now": work.now})


def _window(session: SessionView) -> str:
    return "code_known" if session.known_browser else "code_stranger"
