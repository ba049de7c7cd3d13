"""A challenge's code: derived from its sealed secret when it is sent and when it is checked, never stored; and read
from what people type."""

from __future__ import annotations

import hmac
import unicodedata
from datetime import datetime

import pyotp

from trustweb.database import Refused
from trustweb.keys import KeyRing
from trustweb.models import ChallengeView

_USE = "challenge secret"
STEP = 30
"""Seconds that an authenticator app shows a code: what all of them take for granted."""


class CodeUnreadable(Refused):
    """What was typed is not six digits; that costs no try."""


def new_secret(keys: KeyRing) -> str:
    return keys.seal(_USE, pyotp.random_base32().encode())


def derive(challenge: ChallengeView, keys: KeyRing) -> str:
    """The six digits. Raises ValueError when the ring has lost the key that sealed the secret."""
    return pyotp.HOTP(secret_of(challenge, keys)).at(challenge.counter)


def secret_of(challenge: ChallengeView, keys: KeyRing) -> str:
    """What an authenticator app that is being added is given. Raises ValueError as ``derive`` does."""
    return keys.open(_USE, challenge.secret).decode()


def uri(secret: str, *, account: str, issuer: str) -> str:
    """What an authenticator app reads: out of a QR code, or out of a link on its own phone."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_at(now: datetime) -> int:
    """Which half minute it is."""
    return int(now.timestamp()) // STEP


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute whose code this is: this one, or the one before or after, for clocks differ."""
    here, shows = step_at(now), pyotp.TOTP(secret, interval=STEP)
    right = [
        step
        for step in (here - 1, here, here + 1)
        if hmac.compare_digest(shows.generate_otp(step).encode(), code.encode())
    ]
    return max(right, default=None)


def read(typed: str) -> str:
    """Six digits out of what people type: blanks, dashes, commas, full-width or other scripts' digits."""
    digits = [str(unicodedata.digit(c)) for c in typed if c.isdigit()]
    between = {"Zs", "Zl", "Zp", "Cc", "Cf", "Pd", "Po"}
    if len(digits) != 6 or any(not c.isdigit() and unicodedata.category(c) not in between for c in typed):
        raise CodeUnreadable
    return "".join(digits)
