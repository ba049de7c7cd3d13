"""Telephone numbers: read what people type, say what kind of line it is, format, mask. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult, shortnumberinfo

from trustweb.database import Refused

_LINES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
REFUSED_LINES = frozenset({"premium", "shared_cost", "toll_free", "company", "pager", "voicemail", "satellite"})
RISKY_LINES = frozenset({"voip", "personal"})
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
_SATELLITE_CODES = frozenset({870, 881, 882, 883})


class NumberRefused(Refused):
    """``reason``: empty, letters, extension, short, emergency, too_short, too_long, impossible,
    country (``region`` is not served), or one of REFUSED_LINES."""

    def __init__(self, reason: str, region: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.region = region


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    number: str
    """E.164, with +."""
    region: str
    line: str
    unusual: bool
    """Possible by its length, but not known to the numbering plan: the code will tell."""

    @property
    def methods(self) -> tuple[str, ...]:
        return ("call",) if self.line == "fixed" else ("text", "call")


def parse(text: str, region: str) -> PhoneNumber:
    """Read a number as people type it in ``region``. Raises NumberRefused."""
    # Numbers copied from an address book carry invisible direction marks.
    kinds = [(c, unicodedata.category(c)) for c in text]
    text = "".join(" " if kind == "Zs" else c for c, kind in kinds if kind not in {"Cf", "Cc"}).strip()
    parsed = _read(text, region)
    digits = "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())
    for candidate in (digits, phonenumbers.national_significant_number(parsed)):
        if shortnumberinfo.is_emergency_number(candidate, region):
            raise NumberRefused("emergency")
    _check_length(parsed, digits, region)
    parsed = _without_trunk_prefix(parsed, region)
    candidates = (digits, phonenumbers.national_significant_number(parsed))
    if not phonenumbers.is_valid_number(parsed) and any(_is_short(each, region) for each in candidates):
        raise NumberRefused("short")
    region = _region(parsed, region)
    line = _line(parsed)
    if line in REFUSED_LINES:
        raise NumberRefused(line)
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(number, region, line, unusual=not phonenumbers.is_valid_number(parsed))


def _read(text: str, region: str) -> phonenumbers.PhoneNumber:
    if not any(c.isdigit() for c in text):
        raise NumberRefused("letters" if any(c.isalpha() for c in text) else "empty")
    try:
        parsed = phonenumbers.parse(text, region if region in phonenumbers.SUPPORTED_REGIONS else None)
    except NumberParseException as error:
        if any(c.isalpha() for c in text):
            raise NumberRefused("letters") from None
        reasons = {
            NumberParseException.TOO_LONG: "too_long",
            NumberParseException.TOO_SHORT_NSN: "too_short",
            NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
        }
        raise NumberRefused(reasons.get(error.error_type, "impossible")) from None
    if parsed.extension or any(c in text for c in ";#*"):
        raise NumberRefused("extension")
    # The library would turn 0800 FLOWERS into digits; people who typed letters by mistake deserve a word.
    if any(c.isalpha() for c in text):
        raise NumberRefused("letters")
    return parsed


def _check_length(parsed: phonenumbers.PhoneNumber, digits: str, region: str) -> None:
    verdict = phonenumbers.is_possible_number_with_reason(parsed)
    if verdict == ValidationResult.IS_POSSIBLE:
        return
    short = phonenumbers.PhoneNumber(country_code=parsed.country_code, national_number=int(digits or 0))
    if len(digits) <= 6 and shortnumberinfo.is_possible_short_number_for_region(short, region):
        raise NumberRefused("short")
    reasons = {
        ValidationResult.TOO_SHORT: "too_short",
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
        ValidationResult.TOO_LONG: "too_long",
    }
    raise NumberRefused(reasons.get(verdict, "impossible"))


def _is_short(digits: str, region: str) -> bool:
    code = phonenumbers.country_code_for_region(region)
    short = phonenumbers.PhoneNumber(country_code=code, national_number=int(digits or 0))
    return bool(shortnumberinfo.is_possible_short_number_for_region(short, region))


def _without_trunk_prefix(parsed: phonenumbers.PhoneNumber, region: str) -> phonenumbers.PhoneNumber:
    """The library keeps a leading 0 when what follows is not in the plan; nobody can be called with it."""
    national = phonenumbers.national_significant_number(parsed)
    prefix = phonenumbers.ndd_prefix_for_region(region, True)
    if phonenumbers.is_valid_number(parsed) or not prefix or not national.startswith(prefix):
        return parsed
    shorter = phonenumbers.parse(f"+{parsed.country_code}{national.removeprefix(prefix)}")
    _check_length(shorter, national, region)
    return shorter


def _region(parsed: phonenumbers.PhoneNumber, chosen: str) -> str:
    """The chosen country, unless the number carries another country's dialling code.

    Several countries share a code, and the library's guess among them (+44 7911 is Guernsey's) must
    not replace what the person chose.
    """
    code = parsed.country_code or 0
    if chosen in phonenumbers.region_codes_for_country_code(code):
        return chosen
    return phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(code)


def _line(parsed: phonenumbers.PhoneNumber) -> str:
    if parsed.country_code in _SATELLITE_CODES:
        return "satellite"
    return _LINES.get(phonenumbers.number_type(parsed), "unknown")


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


@dataclass(frozen=True, slots=True)
class Country:
    region: str
    name: str
    code: int


# By the language and the settings alone.
@lru_cache(maxsize=64)
def countries(language: str, allowed: frozenset[str] = frozenset()) -> tuple[Country, ...]:
    """The countries of the popup, named and sorted in the person's language; ``allowed`` empty: all."""
    names = Locale.parse(language, sep="-").territories
    regions = [r for r in phonenumbers.SUPPORTED_REGIONS if r in names and (not allowed or r in allowed)]
    listed = [Country(r, names[r], phonenumbers.country_code_for_region(r)) for r in regions]
    return tuple(sorted(listed, key=lambda each: _sort_key(each.name)))


def _sort_key(name: str) -> str:
    # Österreich belongs beside Oman, not after Zypern.
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()


def likely_region(languages: list[str]) -> str | None:
    """The country that a browser's languages speak of: de-AT says AT, plain de most likely DE."""
    for tag in languages:
        parts = tag.replace("-", "_").split("_")
        named = next((part.upper() for part in parts[1:] if len(part) == 2), "")
        likely = get_global("likely_subtags")
        guess = str(likely.get("_".join(parts)) or likely.get(parts[0].lower()) or "").split("_")[-1]
        for region in (named, guess):
            if region in REGIONS:
                return region
    return None
