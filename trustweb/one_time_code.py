"""A challenge's code: derived from its sealed secret when it is sent and when it is checked, never stored."""

from __future__ import annotations

import pyotp

from trustweb.keys import KeyRing
from trustweb.models import Challenge

_USE = "challenge secret"


def new_secret(keys: KeyRing) -> str:
    return keys.seal(_USE, pyotp.random_base32().encode())


def derive(challenge: Challenge, keys: KeyRing) -> str:
    """The six digits. Raises ValueError when the ring has lost the key that sealed the secret."""
    return pyotp.HOTP(keys.open(_USE, challenge.secret).decode()).at(challenge.counter)
