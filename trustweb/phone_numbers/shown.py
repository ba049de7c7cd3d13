"""How a number is shown: to its owner, to others, in a log. Pure."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers


# By the number alone.
@lru_cache(maxsize=4096)
def mask(number: str) -> str:
    """``+44 •••• ••••56``: the dialling code and the last two digits."""
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


# By the number alone.
@lru_cache(maxsize=4096)
def international(number: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def national(number: str) -> str:
    """As people at home there would type it."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def log_mask(number: str) -> str:
    """What a log may say of a number: its dialling code. Of a mailbox it says nothing."""
    if "@" in number:
        return "mailbox"
    # No code begins with another one.
    codes = (number[1:end] for end in (2, 3, 4))
    return f"+{next(code for code in codes if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)}…"
