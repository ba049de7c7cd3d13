"""Formats of numbers for their owner, for others and for logs. Pure functions."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers


# Depends on the number alone.
@lru_cache(maxsize=4096)
def mask(number: str) -> str:
    """Return the dialling code and the last two digits: ``+44 •••• ••••56``."""
    shown = international(number)
    code, _, rest = shown.partition(" ")
    kept = sum(c.isdigit() for c in rest) - 2
    masked = []
    for c in rest:
        if c.isdigit():
            kept -= 1
            c = "•" if kept >= 0 else c
        masked.append(" " if c in "-()" else c)
    return f"{code} {''.join(masked)}"


# Depends on the number alone.
@lru_cache(maxsize=4096)
def international(number: str) -> str:
    """Return the international format: ``+44 20 7946 0056``."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def national(number: str) -> str:
    """Return the national format, as people in that country would type it."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def log_mask(number: str) -> str:
    """Return the part of a destination that a log may have: a number's dialling code, and nothing of an address."""
    if "@" in number:
        return "mailbox"
    # No dialling code is a prefix of another.
    codes = (number[1:end] for end in (2, 3, 4))
    return f"+{next(code for code in codes if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)}…"
