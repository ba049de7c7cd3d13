"""The effect of *Don't Allow* on a trusted device: a growing pause before the devices are asked again.

Somebody who knows the password could otherwise ask until the owner allows it to be left alone (push fatigue). Known
browsers and strangers are counted separately, and so paused separately.
"""

from __future__ import annotations

from datetime import timedelta

from trustweb import notices
from trustweb.codes import limits
from trustweb.codes.limits import Count
from trustweb.work import Work

_PATIENCE = 3
"""Denials in a row before the first pause; one or two may be a mistake."""
_FIRST, _MOST = timedelta(minutes=30), timedelta(days=1)
"""The first pause and the longest one; each further denial doubles it."""
_WEEK = 7 * 86400


def asking(work: Work, account_id: int, known_browser: bool) -> Count:
    """Return the count of requests to the devices."""
    return _name(known_browser), str(account_id), work.config.prompts + limits.SHUT


def count(work: Work, account_id: int, known_browser: bool) -> None:
    """Count a denial; pause requests to the devices after several in a row, and tell the owner once a day."""
    name, account = _name(known_browser), str(account_id)
    in_row = limits.count(work, f"{name}_denied", account, _WEEK)
    if in_row < _PATIENCE:
        return
    doubled = _FIRST * 2 ** min(in_row - _PATIENCE, 10)
    limits.shut(work, name, account, work.now + min(doubled, _MOST))
    if limits.count(work, "denials_told", account, 86400) == 1:
        notices.tell(work, account_id, "sign_ins_denied")


def forget(work: Work, account_id: int, known_browser: bool) -> None:
    """Reset the denials after a sign-in was allowed or proved: those before may have been the same person's."""
    name, account = _name(known_browser), str(account_id)
    limits.forget(work, name, account, 0)
    limits.forget(work, f"{name}_denied", account, _WEEK)


def _name(known_browser: bool) -> str:
    # Separate, or a stranger with the password could use up the owner's requests.
    return "prompts" if known_browser else "stranger_prompts"
