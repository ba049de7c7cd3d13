"""Telephone numbers: read what people type, say what kind of line it is, format, mask. Pure."""

from __future__ import annotations

import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult, shortnumberinfo

from trustweb.phone_numbers.number import REFUSED_LINES, RISKY_LINES, NumberRefused, PhoneNumber
from trustweb.phone_numbers.regions import REGIONS, Country, countries, likely_region
from trustweb.phone_numbers.shown import international, log_mask, mask, national

__all__ = [
    "REFUSED_LINES", "REGIONS", "RISKY_LINES", "Country", "NumberRefused", "PhoneNumber", "countries", "international",
    "likely_region", "log_mask", "mask", "national", "parse",
]  # fmt: skip

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
_SATELLITE_CODES = frozenset({870, 881, 882, 883})


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
