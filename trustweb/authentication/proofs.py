"""The worth of what was proved in a session, in the words of OpenID Connect: ``auth_time``, ``acr`` and ``amr``.

All of it is about the session and nothing about the account: where two-factor is off, a password is worth no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from trustweb import models
from trustweb.authentication import sessions
from trustweb.models import SessionView

PASSWORD = "password"  # noqa: S105 - a level
TWO_FACTOR = "two-factor"
PASSKEY = "passkey"
LEVELS = (PASSWORD, TWO_FACTOR, PASSKEY)
"""The values of ``acr``, the weakest first; a service's ``needs`` has the same."""
_KEY = ("pop", "user")
"""Somebody was there who had the key. Without attestation nobody knows if hardware keeps it (hwk) or software (swk)."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way in, with its level and what it adds to ``amr`` (RFC 8176)."""

    level: str
    methods: tuple[str, ...] = ()


WAYS = {
    "password": Way(PASSWORD),
    "trusted_browser": Way(TWO_FACTOR),
    models.TRUSTED_NUMBER: Way(TWO_FACTOR, ("otp",)),
    "trusted_number_by_text": Way(TWO_FACTOR, ("otp", "sms")),
    "trusted_number_by_call": Way(TWO_FACTOR, ("otp", "tel")),
    models.TRUSTED_DEVICE: Way(TWO_FACTOR, ("otp",)),
    models.AUTHENTICATOR_APP: Way(TWO_FACTOR, ("otp",)),
    models.PASSKEY: Way(TWO_FACTOR, _KEY),
    "verified_passkey": Way(PASSKEY, _KEY),
    models.RECOVERY_KEY: Way(TWO_FACTOR, ("otp",)),
    models.BACKUP_CODES: Way(TWO_FACTOR, ("otp",)),
}
"""The ways in, by the kind of the latest proof. A link is none: whoever comes by one chooses a password.

The line of a trusted number without a method is for sessions from before methods were stored.
"""


def auth_time(session: SessionView) -> datetime:
    """Return the newest moment at which the person proved something; a trusted browser's cookie is nothing proved."""
    moments = [each for each in (session.password_at, session.proof_at) if each is not None]
    return max(moments, default=session.started_at)


def acr(session: SessionView) -> str:
    """Return the level of the latest proof: a code after a verified passkey leaves two factors."""
    return _way(session).level


def amr(session: SessionView) -> tuple[str, ...]:
    """Return the methods with which the session began and was proved last."""
    way = _way(session)
    # Only a passkey that verified its user begins a session without a password.
    first = _KEY if session.password_at is None and session.proof_at is not None else ("pwd",)
    several = () if way.level == PASSWORD else ("mfa",)
    return tuple(dict.fromkeys((*first, *way.methods, *several)))


def meets(session: SessionView, needs: str, within: int | None, now: datetime) -> bool:
    """Return True if what was proved in a session is enough for a service.

    ``needs``: one of LEVELS. ``within``: the seconds since which it has to be proved; None: at any time. A trusted
    browser's cookie meets two-factor, but never within a time: only a code, a passkey or a paper does, and for the
    level of passwords the password. A half-open session meets nothing.
    """
    if session.stage != sessions.FULL or LEVELS.index(acr(session)) < LEVELS.index(needs):
        return False
    if within is None:
        return True
    proved_at = auth_time(session) if needs == PASSWORD else session.proof_at
    return proved_at is not None and now - proved_at <= timedelta(seconds=within)


def _way(session: SessionView) -> Way:
    if session.proof_kind is None:
        return WAYS["password" if session.proved_by is None else "trusted_browser"]
    if session.user_verified:
        return WAYS["verified_passkey"]
    by = f"_by_{session.proof_method}" if session.proof_method else ""
    return WAYS[session.proof_kind + by]
