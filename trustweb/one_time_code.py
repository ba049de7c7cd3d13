"""A challenge's code: derived from its sealed secret when it is sent and when it is checked, never stored; and read
from what people type."""

from __future__ import annotations

import unicodedata

import pyotp

from trustweb.database import Refused
from trustweb.keys import KeyRing
from trustweb.models import ChallengeView

_USE = "challenge secret"


class CodeUnreadable(Refused):
    """What was typed is not six digits; that costs no try."""


def new_secret(keys: KeyRing) -> str:
    return keys.seal(_USE, pyotp.random_base32().encode())


def derive(challenge: ChallengeView, keys: KeyRing) -> str:
    """The six digits. Raises ValueError when the ring has lost the key that sealed the secret."""
    return pyotp.HOTP(keys.open(_USE, challenge.secret).decode()).at(challenge.counter)


def read(typed: str) -> str:
    """Six digits out of what people type: blanks, dashes, commas, full-width or other scripts' digits."""
    digits = [str(unicodedata.digit(c)) for c in typed if c.isdigit()]
    between = {"Zs", "Zl", "Zp", "Cc", "Cf", "Pd", "Po"}
    if len(digits) != 6 or any(not c.isdigit() and unicodedata.category(c) not in between for c in typed):
        raise CodeUnreadable
    return "".join(digits)
