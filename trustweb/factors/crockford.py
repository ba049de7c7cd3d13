"""What people copy from paper: letters and digits that are not taken for one another (Crockford's base 32)."""

from __future__ import annotations

import secrets
import unicodedata

from trustweb.typed import plain_digits, separates, visible

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")


def make(length: int) -> str:
    """Five random bits a character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def grouped(text: str, size: int) -> str:
    return "-".join(text[at : at + size] for at in range(0, len(text), size))


def read(typed: str, length: int) -> str | None:
    """What ``make`` made, out of what people type: in either case, with or without dashes and blanks, O for 0, I or
    L for 1. None when it is something else."""
    plain = unicodedata.normalize("NFKC", plain_digits(visible(typed)))
    text = "".join(c for c in plain if not separates(c)).upper().translate(_LOOK_ALIKES)
    return text if len(text) == length and set(text) <= set(ALPHABET) else None
