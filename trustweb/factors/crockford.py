"""Crockford's base 32, for codes that people copy from paper: its letters and digits are not easily confused."""

from __future__ import annotations

import secrets
import unicodedata

from trustweb.typed import plain_digits, separates, visible

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")


def make(length: int) -> str:
    """Return a random text with five bits per character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def grouped(text: str, size: int) -> str:
    return "-".join(text[at : at + size] for at in range(0, len(text), size))


def read(typed: str, length: int) -> str | None:
    """Return the text that ``make`` returned, however it was typed; None when it is something else.

    Accepts either case, dashes and blanks, O for 0, and I or L for 1.
    """
    plain = unicodedata.normalize("NFKC", plain_digits(visible(typed)))
    text = "".join(c for c in plain if not separates(c)).upper().translate(_LOOK_ALIKES)
    return text if len(text) == length and set(text) <= set(ALPHABET) else None
