"""A challenge's code: derived from its sealed secret when it is sent and when it is checked, never stored; and read
from what people type."""

from __future__ import annotations

import base64
import hmac
import itertools
import re
import secrets
import unicodedata
from datetime import datetime
from urllib.parse import quote

import pyotp

from trustweb.config import Config
from trustweb.database import Refused
from trustweb.keys import KeyRing
from trustweb.models import ChallengeView
from trustweb.typed import plain_digits, separates, visible

_USE = "challenge secret"
STEP = 30
"""Seconds that a code which changes by itself is shown: what all authenticator apps take for granted."""
_SYNTAX = str.maketrans(dict.fromkeys(':/?#[]@!$&()*+,;=%"<>\\^`{|}', " ") | {"'": "’"})
"""What an address can mean something by. Escaped it means nothing, but some apps look for it after unescaping."""
_MOST_ISSUER, _MOST_ACCOUNT = 120, 300
"""Of an address, once escaped: a phone's camera has to read it as a picture."""

_LENGTH = 6
_BOUND = re.compile(r"@\S+ +#([0-9]{6})(?![0-9])")
"""The last line of a text message, made for browsers: the site that the code is for, and the code. It is sure, whatever
digits the name of the site has."""
_NUMBER = re.compile(r"\+[0-9 .()/]+")
_WORD = re.compile(r"[^\W_]+")
_SHAPES = (
    re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])"),
    re.compile(r"(?<![0-9])(?<![0-9] )[0-9]{3} [0-9]{3}(?! ?[0-9])"),
    re.compile(r"(?<![0-9])(?<![0-9][ ,.])(?<![0-9][,.] )[0-9](?:[,.]? [0-9]|[,.][0-9]){5}(?![,.]? ?[0-9])"),
)
"""Six digits, three and three, and one by one as a call says them."""
_BESIDE = re.compile(
    r"(?<![0-9])(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"|[0-9]{1,4}(?P<mark>[-./])[0-9]{1,2}(?P=mark)[0-9]{1,4}"
    r"|\([0-9]{1,3}\)|\[[0-9]{1,3}\])(?![0-9])"
)
"""When a code came, and how many there are: a time, a date, a number in brackets."""
_GLUED = re.compile(r"(?<![^\s(\[<])[^\W\d_]{3,}([0-9]{6})(?![^\s)\]>.,;!]|[.,;!]\S)")
"""A code that lost the blank before it. One letter before it may be a digit that was misread."""


class CodeUnreadable(Refused):
    """What was typed is not six digits; that costs no try."""


class SeveralCodes(CodeUnreadable):
    """There are different codes in what was pasted."""


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
    """What an authenticator app reads: out of a QR code, or out of a link on its own phone. Its label has one colon,
    between issuer and account, and the same issuer stands in the query: else some apps refuse it. pyotp escapes
    neither ``/`` nor, for those that look for it after unescaping, ``:``."""
    shown = quote(issuer_shown(issuer), safe="")
    named = quote(_fitting(_visible(account).replace(":", " "), _MOST_ACCOUNT), safe="")
    return f"otpauth://totp/{shown}:{named}?secret={secret}&issuer={shown}"


def issuer_shown(site_name: str) -> str:
    """What an authenticator app calls this site: its name without what an app could take for syntax."""
    plain = " ".join(_visible(unicodedata.normalize("NFKC", site_name)).translate(_SYNTAX).split())
    readable = any(unicodedata.category(c)[0] in "LNS" for c in plain)
    return _fitting(plain, _MOST_ISSUER) if readable else Config.site_name


def _visible(text: str) -> str:
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")


def _fitting(text: str, most: int) -> str:
    """As much of it as has room, whole characters."""
    room = itertools.accumulate(len(quote(each, safe="")) for each in text)
    return text[: sum(taken <= most for taken in room)].strip()


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
    """Six digits out of what people type, blanks and dashes among them, or out of a message that they paste whole.

    Raises CodeUnreadable or SeveralCodes.
    """
    text = plain_digits(visible(typed))
    if all(c.isdecimal() or separates(c) or unicodedata.category(c).startswith("P") for c in text):
        found = _digits_only(text) or _digits_only(_BESIDE.sub(" ", text))
    else:
        found = set(_BOUND.findall(text)) or _found_in(text) or set(_GLUED.findall(text))
    if len(found) > 1:
        raise SeveralCodes
    if not found:
        raise CodeUnreadable
    return found.pop()


def _digits_only(text: str) -> set[str]:
    """Of a text without letters: each group is a code, or all of them together are one."""
    groups = set(re.findall("[0-9]+", text))
    if {len(group) for group in groups} == {_LENGTH}:
        return groups
    return {code for code in [_digits(text)] if len(code) == _LENGTH}


def _found_in(message: str) -> set[str]:
    spaced = " ".join("".join(" " if separates(c) else c for c in message).split())
    text = _WORD.sub(_without_letters, _NUMBER.sub("|", spaced))
    return {_digits(code) for shape in _SHAPES for code in shape.findall(text)}


def _without_letters(word: re.Match[str]) -> str:
    """A word's digits belong to it, in a host or a link. Scripts without capitals are mostly written without blanks
    too, so there a code may touch the letters. Of a ⑥ nobody knows whether it is a digit of the code."""
    strange = any(c.lower() != c.upper() or not (c.isalpha() or c.isdecimal()) for c in word[0])
    return "|" if strange else word[0]


def _digits(text: str) -> str:
    return "".join(re.findall("[0-9]", text))
