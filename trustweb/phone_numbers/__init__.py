"""Telephone numbers: parsing what people type, finding the kind of line, formatting and masking. Pure functions."""

from __future__ import annotations

from contextlib import suppress

from trustweb.phone_numbers import reading, written
from trustweb.phone_numbers.number import REFUSED_LINES, RISKY_LINES, NumberRefused, NumberUnclear, PhoneNumber
from trustweb.phone_numbers.plans import REGIONS
from trustweb.phone_numbers.regions import Country, countries, likely_region
from trustweb.phone_numbers.shown import international, log_mask, mask, national

__all__ = [
    "REFUSED_LINES", "REGIONS", "RISKY_LINES", "Country", "NumberRefused", "NumberUnclear", "PhoneNumber", "countries",
    "international", "likely_region", "log_mask", "mask", "national", "parse", "retyped",
]  # fmt: skip


def parse(text: str, region: str, method: str = "", accepted: frozenset[str] = frozenset()) -> PhoneNumber:
    """Parse a number as people type it in ``region``, to be reached by ``method`` if that is known.

    ``accepted``: the numbers that the person has confirmed. Raises NumberRefused or NumberUnclear.
    """
    phone = reading.choose(written.read(text, region), region, method, accepted)
    if phone.line in REFUSED_LINES:
        raise NumberRefused(phone.line)
    return phone


def retyped(number: str, region: str) -> str:
    """Return a number as its owner would type it in ``region``: in national format, unless that is ambiguous there."""
    at_home = national(number)
    with suppress(NumberRefused, NumberUnclear):
        if parse(at_home, region).number == number:
            return at_home
    return international(number)
