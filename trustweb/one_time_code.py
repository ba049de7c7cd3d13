"""One-time codes: deriving them (HOTP, TOTP) from encrypted secrets, and reading them from what people type.

A challenge's code is derived when it is sent and when it is checked, and never stored.
"""

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
from trustweb.keys import KeyRing
from trustweb.models import ChallengeView
from trustweb.typed import plain_digits, separates, visible
from trustweb.work import Refused

_USE = "challenge secret"
STEP = 30
"""Seconds of a TOTP time step: the only one that all authenticator apps support."""
_SYNTAX = str.maketrans(dict.fromkeys(':/?#[]@!$&()*+,;=%"<>\\^`{|}', " ") | {"'": "’"})
"""Reserved characters of URLs. They are escaped, but some apps parse a URL after unescaping it."""
_MOST_ISSUER, _MOST_ACCOUNT = 120, 300
"""The most bytes of each in the URL, once escaped: a phone's camera has to read it as a QR code."""

_LENGTH = 6
_BOUND = re.compile(r"@\S+ +#([0-9]{6})(?![0-9])")
"""The last line of a text message (origin-bound one-time code): the site, and the code, unmistakable even if the site's
name has digits."""
_NUMBER = re.compile(r"\+[0-9 .()/]+")
_WORD = re.compile(r"[^\W_]+")
_SHAPES = (
    re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])"),
    re.compile(r"(?<![0-9])(?<![0-9] )[0-9]{3} [0-9]{3}(?! ?[0-9])"),
    re.compile(r"(?<![0-9])(?<![0-9][ ,.])(?<![0-9][,.] )[0-9](?:[,.]? [0-9]|[,.][0-9]){5}(?![,.]? ?[0-9])"),
)
"""Six digits in one group, in two groups of three, and one by one as a call speaks them."""
_BESIDE = re.compile(
    r"(?<![0-9])(?<![0-9][-./])(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"|[0-9]{1,2}(?P<mark>[-./])[0-9]{1,2}(?P=mark)(?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{4}(?P<iso>[-./])[0-9]{1,2}(?P=iso)[0-9]{1,2}"
    r"|\([0-9]{1,3}\)|\[[0-9]{1,3}\])(?![0-9])(?![-./][0-9])"
)
"""A time, a date or a number in brackets: when a code arrived, or how many messages there are."""
_GLUED = re.compile(r"(?<![^\s(\[<])[^\W\d_]{3,}([0-9]{6})(?![^\s)\]>.,;!]|[.,;!]\S)")
"""A code that lost the space before it, after a word. A single letter before it may be a digit that was misread."""


class CodeUnreadable(Refused):
    """The text has no six digits; that costs no try."""


class SeveralCodes(CodeUnreadable):
    """The pasted text has several different codes."""


def new_secret(keys: KeyRing) -> str:
    """Make a random secret of 160 bits, and return it encrypted."""
    # As long as pyotp.random_base32's, which asks the system for each of its letters twice.
    return keys.seal(_USE, base64.b32encode(secrets.token_bytes(20)))


def derive(challenge: ChallengeView, keys: KeyRing) -> str:
    """Return a challenge's six digits. Raises ValueError when the key ring lacks the key of its secret."""
    return pyotp.HOTP(secret_of(challenge, keys)).at(challenge.counter)


def secret_of(challenge: ChallengeView, keys: KeyRing) -> str:
    """Return a challenge's secret, for an authenticator app that is being added. Raises ValueError, as ``derive``."""
    return keys.open(_USE, challenge.secret).decode()


def uri(secret: str, *, account: str, issuer: str) -> str:
    """Return the otpauth URL that an authenticator app reads, from a QR code or from a link on its own phone.

    Its label has exactly one colon, between issuer and account, and its query repeats the issuer: otherwise some apps
    refuse it. pyotp's own does not escape ``/``, nor ``:`` for apps that parse the label after unescaping it.
    """
    shown = quote(issuer_shown(issuer), safe="")
    named = quote(_fitting(_visible(account).replace(":", " "), _MOST_ACCOUNT), safe="")
    return f"otpauth://totp/{shown}:{named}?secret={secret}&issuer={shown}"


def issuer_shown(site_name: str) -> str:
    """Return the site's name as an authenticator app shows it, without characters that an app could take for syntax."""
    plain = " ".join(_visible(unicodedata.normalize("NFKC", site_name)).translate(_SYNTAX).split())
    readable = any(unicodedata.category(c)[0] in "LNS" for c in plain)
    return _fitting(plain, _MOST_ISSUER) if readable else Config.site_name


def _visible(text: str) -> str:
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")


def _fitting(text: str, most: int) -> str:
    """Cut a text to whole characters that take at most so many bytes when escaped."""
    room = itertools.accumulate(len(quote(each, safe="")) for each in text)
    return text[: sum(taken <= most for taken in room)].strip()


def step_at(now: datetime) -> int:
    """Return the number of a moment's time step (RFC 6238)."""
    return int(now.timestamp()) // STEP


def secret_of_device(handle: str, keys: KeyRing) -> str:
    """Return the secret of a trusted device's own codes, derived from its handle: nothing is stored."""
    return base64.b32encode(bytes.fromhex(keys.token("device code", handle))).decode()


def at_step(secret: str, step: int) -> str:
    """Return the code of a time step."""
    return pyotp.TOTP(secret, interval=STEP).generate_otp(step)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step of a code: now, one before or one after, as clocks differ. None means wrong."""
    here = step_at(now)
    right = [
        step
        for step in (here - 1, here, here + 1)
        if hmac.compare_digest(at_step(secret, step).encode(), code.encode())
    ]
    return max(right, default=None)


def read(typed: str) -> str:
    """Read six digits from what people type, with spaces or dashes between them, or from a whole pasted message.

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
    """Find codes in a text without letters: each group of six digits, or six digits in all."""
    groups = set(re.findall("[0-9]+", text))
    if {len(group) for group in groups} == {_LENGTH}:
        return groups
    return {code for code in [_digits(text)] if len(code) == _LENGTH}


def _found_in(message: str) -> set[str]:
    spaced = " ".join("".join(" " if separates(c) else c for c in message).split())
    text = _WORD.sub(_without_letters, _NUMBER.sub("|", spaced))
    return {_digits(code) for shape in _SHAPES for code in shape.findall(text)}


def _without_letters(word: re.Match[str]) -> str:
    """Replace a word with letters by a mark: digits in a host's name or a link are no code.

    Scripts without capitals are mostly written without spaces too, so there a code may touch letters. A word with a ⑥
    is replaced, since that may be a digit of the code or not.
    """
    strange = any(c.lower() != c.upper() or not (c.isalpha() or c.isdecimal()) for c in word[0])
    return "|" if strange else word[0]


def _digits(text: str) -> str:
    return "".join(re.findall("[0-9]", text))
