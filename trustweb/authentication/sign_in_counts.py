"""How often one account is signed in to. Each sign-in is a row or two for days, and whoever knows the password may make
them without end."""

from __future__ import annotations

from trustweb.codes import limits
from trustweb.codes.limits import Count, Network
from trustweb.config import Rates
from trustweb.database import Work

_MOST_HALF_OPEN: Rates = ((30, 3600),)
"""Sign-ins of one account that wait for their code, begun by strangers from one network."""
_MOST: Rates = ((100, 3600),)
"""The same from everywhere; and all other sign-ins of one account, known browsers and strangers apart."""


class TooManySignIns(limits.TooOften):
    """Somebody has signed in many times with the right password."""

    keeps_changes = True  # the password was no wrong one, so its count goes back


class TooManyHalfOpen(TooManySignIns):
    """Somebody has begun to sign in many times with the right password, and never finished."""


def count(work: Work, account_id: int, *, known: bool) -> None:
    """Raises TooManySignIns."""
    _take(work, TooManySignIns, ("sign_ins" if known else "stranger_sign_ins", str(account_id), _MOST))


def count_half_open(work: Work, account_id: int, network: Network, *, known: bool) -> None:
    """Raises TooManySignIns, or TooManyHalfOpen."""
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
