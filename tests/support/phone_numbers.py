"""Example numbers of every region and kind of line, from the numbering plans."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
LINES = {
    PhoneNumberType.MOBILE: "mobile", PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
    PhoneNumberType.FIXED_LINE: "fixed", PhoneNumberType.VOIP: "voip", PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PREMIUM_RATE: "premium", PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.TOLL_FREE: "toll_free", PhoneNumberType.UAN: "company", PhoneNumberType.PAGER: "pager",
    PhoneNumberType.VOICEMAIL: "voicemail",
}  # fmt: skip
ACCEPTED = {"mobile", "either", "fixed", "voip", "personal"}
EXAMPLES = [
    (region, LINES[phonenumbers.number_type(example)], example)
    for region in REGIONS
    for kind in LINES
    if (example := phonenumbers.example_number_for_type(region, kind))
    and phonenumbers.is_possible_number_with_reason(example) == ValidationResult.IS_POSSIBLE
]
"""Region, line, number."""
ORDINARY = [(region, line, example) for region, line, example in EXAMPLES if line in ACCEPTED]
"""Those that people may add."""
DIGITS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "๐๑๒๓๔๕๖๗๘๙"]


def e164(example: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(example, PhoneNumberFormat.E164)
