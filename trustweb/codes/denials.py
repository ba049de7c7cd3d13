"""What *Don't Allow* on a trusted device does to those who ask it again.

Whoever knows the password could ask for ever, until its owner allows it to have peace. Known browsers and strangers
are refused apart, as they are counted apart.
"""

from __future__ import annotations

from datetime import timedelta

from trustweb import notices
from trustweb.codes import limits
from trustweb.codes.limits import Count
from trustweb.database import Work

_PATIENCE = 3
"""Denials in a row; one or two may be a mistake."""
_FIRST, _MOST = timedelta(minutes=30), timedelta(days=1)
"""How long the devices are left alone after that: twice as long after each, up to a day."""
_WEEK = 7 * 86400


def asking(work: Work, account_id: int, known_browser: bool) -> Count:
    """What asking the devices counts towards."""
    return _name(known_browser), str(account_id), work.config.prompts + limits.SHUT


def count(work: Work, account_id: int, known_browser: bool) -> None:
    """Somebody was not allowed in: leave the devices alone for a while, and tell the owner once a day."""
    name, account = _name(known_browser), str(account_id)
    in_row = limits.count(work, f"{name}_denied", account, _WEEK)
    if in_row < _PATIENCE:
        return
    doubled = _FIRST * 2 ** min(in_row - _PATIENCE, 10)
    limits.shut(work, name, account, work.now + min(doubled, _MOST))
    if limits.count(work, "denials_told", account, 86400) == 1:
        notices.tell(work, account_id, "sign_ins_denied")


def forget(work: Work, account_id: int, known_browser: bool) -> None:
    """Somebody was allowed in, or proved who they are: those before were the same person, perhaps."""
    name, account = _name(known_browser), str(account_id)
    limits.forget(work, name, account, 0)
    limits.forget(work, f"{name}_denied", account, _WEEK)


def _name(known_browser: bool) -> str:
    # Apart, or a stranger with the password could use up what the owner needs.
    return "prompts" if known_browser else "stranger_prompts"
