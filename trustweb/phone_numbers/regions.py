"""The country menu, and the most likely country of a browser. Pure functions."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global

from trustweb.phone_numbers.plans import REGIONS


@dataclass(frozen=True, slots=True)
class Country:
    """An entry of the country menu."""

    region: str
    name: str
    code: int


# Depends on the language and the settings alone.
@lru_cache(maxsize=64)
def countries(language: str, allowed: frozenset[str] = frozenset()) -> tuple[Country, ...]:
    """Return the menu's countries, named and sorted in the person's language. ``allowed`` empty: all countries."""
    names = Locale.parse(language, sep="-").territories
    regions = [r for r in phonenumbers.SUPPORTED_REGIONS if r in names and (not allowed or r in allowed)]
    listed = [Country(r, names[r], phonenumbers.country_code_for_region(r)) for r in regions]
    return tuple(sorted(listed, key=lambda each: _sort_key(each.name)))


def _sort_key(name: str) -> str:
    # Without accents: Österreich belongs beside Oman, not after Zypern.
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()


def likely_region(languages: list[str]) -> str | None:
    """Return the country that a browser's languages suggest: AT for de-AT, and most likely DE for de."""
    for tag in languages:
        parts = tag.replace("-", "_").split("_")
        named = next((part.upper() for part in parts[1:] if len(part) == 2), "")
        likely = get_global("likely_subtags")
        guess = str(likely.get("_".join(parts)) or likely.get(parts[0].lower()) or "").split("_")[-1]
        for region in (named, guess):
            if region in REGIONS:
                return region
    return None
