"""The rate limit of an account's sign-ins: each leaves rows for days, and whoever knows the password can repeat it."""

from __future__ import annotations

from trustweb.codes import limits
from trustweb.codes.limits import Count, Network
from trustweb.config import Rates
from trustweb.work import Work

_MOST_HALF_OPEN: Rates = ((30, 3600),)
"""Half-open sign-ins of one account by strangers from one network."""
_MOST: Rates = ((100, 3600),)
"""Half-open sign-ins of one account by strangers from all networks; and its other sign-ins, counted separately for
known browsers and for strangers."""


class TooManySignIns(limits.TooOften):
    """The account was signed in to too often with the right password."""

    keeps_changes = True  # the password was right, so the count of wrong ones is given back


class TooManyHalfOpen(TooManySignIns):
    """Too many sign-ins to the account were begun with the right password and not finished."""


def count(work: Work, account_id: int, *, known: bool) -> None:
    """Count a full sign-in. Raises TooManySignIns."""
    _take(work, TooManySignIns, ("sign_ins" if known else "stranger_sign_ins", str(account_id), _MOST))


def count_half_open(work: Work, account_id: int, network: Network, *, known: bool) -> None:
    """Count a sign-in that waits for its code. Raises TooManySignIns or TooManyHalfOpen."""
    if known:
        count(work, account_id, known=True)
        return
    here = ("half_open", f"{account_id}:{network.address}", _MOST_HALF_OPEN)
    _take(work, TooManyHalfOpen, here, ("half_open/all", str(account_id), _MOST))


def _take(work: Work, refusal: type[TooManySignIns], *counts: Count) -> None:
    try:
        limits.take(work, *counts)
    except limits.TooOften as refused:
        raise refusal(refused.name, refused.again_at) from None
