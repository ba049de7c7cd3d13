"""Questions to the countries' numbering plans, as the library phonenumbers has them. Pure functions."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult, shortnumberinfo

from trustweb.phone_numbers.number import NumberRefused, PhoneNumber

Parsed = phonenumbers.PhoneNumber
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
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
_LINES_OF_NO_COUNTRY = {
    800: "toll_free", 808: "shared_cost", 870: "satellite", 878: "personal", 881: "satellite", 882: "satellite",
    883: "satellite", 888: "company", 979: "premium",
}  # fmt: skip
"""The kinds of line by dialling code alone: a call costs the same whether or not a plan lists the number."""
_LENGTHS = {
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
    ValidationResult.TOO_LONG: "too_long",
}
_UNREADABLE = {
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}
_ORDINARY = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.PERSONAL_NUMBER)
_MOST_HELPFUL = (
    ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY, ValidationResult.TOO_SHORT,
    ValidationResult.TOO_LONG, ValidationResult.INVALID_LENGTH, ValidationResult.INVALID_COUNTRY_CODE,
)  # fmt: skip

_SHORT = 6
"""The most digits with which a number that no plan lists counts as a service's short number."""


def read(digits: str, region: str = "") -> Parsed:
    """Parse digits as dialled in ``region``, or from anywhere with a leading +. Raises NumberRefused."""
    # If the dialling code does not exist, the library would drop the + and parse the rest as dialled in the region.
    dialled_in = region if region in REGIONS and not digits.startswith("+") else None
    try:
        return phonenumbers.parse(digits, dialled_in)
    except NumberParseException as error:
        raise NumberRefused(_UNREADABLE.get(error.error_type, "impossible")) from None


def make(code: int, national: str) -> Parsed:
    """Build a number from a dialling code and the digits after it, leading zeros included."""
    zeros = len(national) - len(national.lstrip("0")) or None
    return Parsed(code, int(national), italian_leading_zero=zeros and True, number_of_leading_zeros=zeros)


def code_in(parsed: Parsed) -> int:
    return parsed.country_code or 0


def home_of(parsed: Parsed) -> str:
    """Return the region of its dialling code, or the main one of several."""
    return str(phonenumbers.region_code_for_country_code(code_in(parsed)))


def code_of(region: str) -> str:
    """Return a region's dialling code; "" for an unknown region."""
    return str(phonenumbers.country_code_for_region(region) or "")


def e164(parsed: Parsed) -> str:
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def national(parsed: Parsed) -> str:
    """Return the digits after the dialling code."""
    return str(phonenumbers.national_significant_number(parsed))


def is_valid(parsed: Parsed) -> bool:
    return bool(phonenumbers.is_valid_number(parsed))


def is_possible(parsed: Parsed) -> bool:
    return bool(phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE)


def trunk_prefix(parsed: Parsed) -> str:
    """Return the prefix that is dialled before it inside its own country."""
    return str(phonenumbers.ndd_prefix_for_region(home_of(parsed), True) or "")


def judge(parsed: Parsed, chosen: str) -> PhoneNumber:
    """Return the number with its region and kind of line."""
    line = _LINES_OF_NO_COUNTRY.get(code_in(parsed)) or _LINES.get(phonenumbers.number_type(parsed), "unknown")
    return PhoneNumber(e164(parsed), _region(parsed, chosen), line, unusual=not is_valid(parsed))


def _region(parsed: Parsed, chosen: str) -> str:
    """Return the region that a number belongs to.

    It is the chosen one, if the number is valid there or in no other region with the same dialling code. A call to an
    island that shares the code may cost many times one to the chosen country.
    """
    shared = phonenumbers.region_codes_for_country_code(code_in(parsed))
    if phonenumbers.is_valid_number_for_region(parsed, chosen):
        return chosen
    owner = phonenumbers.region_code_for_number(parsed) if len(shared) > 1 else shared[0]
    return str(owner or (chosen if chosen in shared else shared[0]))


def refusal(parsed: Parsed, dialled: str, region: str) -> str | None:
    """Return the reason why a number cannot get codes, or None. ``dialled``: the digits typed for ``region``, or ""."""
    ways = [digits for digits in (dialled, national(parsed)) if digits]
    if any(shortnumberinfo.is_emergency_number(digits, region) for digits in ways):
        return "emergency"
    if not is_valid(parsed) and any(_is_short(digits, region) for digits in ways):
        return "short"
    verdict = phonenumbers.is_possible_number_with_reason(parsed)
    if verdict == ValidationResult.IS_POSSIBLE and not is_valid(parsed):
        # Toll-free numbers may be as short as an ordinary one without its area code.
        of_lines = [phonenumbers.is_possible_number_for_type_with_reason(parsed, each) for each in _ORDINARY]
        verdict = min(of_lines, key=_MOST_HELPFUL.index)
    return None if verdict == ValidationResult.IS_POSSIBLE else _LENGTHS.get(verdict, "impossible")


def _is_short(digits: str, region: str) -> bool:
    short = Parsed(country_code=int(code_of(region) or 0), national_number=int(digits))
    if len(digits) <= _SHORT and shortnumberinfo.is_possible_short_number_for_region(short, region):
        return True
    return bool(shortnumberinfo.is_valid_short_number_for_region(short, region))
