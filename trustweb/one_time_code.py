"""A challenge's code: derived from its sealed secret when it is sent and when it is checked, never stored; and read
from what people type."""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from datetime import datetime

import pyotp

from trustweb.database import Refused
from trustweb.keys import KeyRing
from trustweb.models import ChallengeView

_USE = "challenge secret"
STEP = 30
"""Seconds that a code which changes by itself is shown: what all authenticator apps take for granted."""


class CodeUnreadable(Refused):
    """What was typed is not six digits; that costs no try."""


def new_secret(keys: KeyRing) -> str:
    # As long as pyotp's own, which asks the system for each of its letters twice.
    return keys.seal(_USE, base64.b32encode(secrets.token_bytes(20)))


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


def secret_of_device(handle: str, keys: KeyRing) -> str:
    """Of a trusted device's own codes. It knows nothing that we do not, so there is nothing to store."""
    return base64.b32encode(bytes.fromhex(keys.token("device code", handle))).decode()


def at_step(secret: str, step: int) -> str:
    return pyotp.TOTP(secret, interval=STEP).generate_otp(step)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute whose code this is: this one, or the one before or after, for clocks differ."""
    here = step_at(now)
    right = [
        step
        for step in (here - 1, here, here + 1)
        if hmac.compare_digest(at_step(secret, step).encode(), code.encode())
    ]
    return max(right, default=None)


def read(typed: str) -> str:
    """Six digits out of what people type: blanks, dashes, commas, full-width or other scripts' digits."""
    digits = [str(unicodedata.digit(c)) for c in typed if c.isdigit()]
    between = {"Zs", "Zl", "Zp", "Cc", "Cf", "Pd", "Po"}
    if len(digits) != 6 or any(not c.isdigit() and unicodedata.category(c) not in between for c in typed):
        raise CodeUnreadable
    return "".join(digits)
