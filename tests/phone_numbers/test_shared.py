"""Countries that share a calling code: a number belongs to its own country, whichever was chosen."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from tests.support.phone_numbers import ORDINARY
from trustweb.phone_numbers import NumberRefused, PhoneNumber, parse

SHARED = {code: regions for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if len(regions) > 1}
EXAMPLES = [(region, line, example) for region, line, example in ORDINARY if example.country_code in SHARED]


def outcome(text: str, region: str) -> PhoneNumber | str:
    try:
        return parse(text, region)
    except NumberRefused as refused:
        return refused.reason


@pytest.mark.parametrize(
    ("text", "chosen", "owner"),
    [
        ("+1 876 234 5678", "US", "JM"), ("876 234 5678", "US", "JM"), ("1 876 234 5678", "CA", "JM"),
        ("+1 876 000 0000", "US", "JM"),  # no plan knows it, but its area code is Jamaica's
        ("+1 416 555 0123", "US", "CA"), ("201 555 0123", "CA", "US"), ("+1 787 234 5678", "US", "PR"),
        ("+44 7781 123456", "GB", "GG"), ("07797 712345", "GB", "JE"), ("+44 7624 123456", "GB", "IM"),
        ("07911 123456", "GB", "GG"), ("+7 701 123 4567", "RU", "KZ"), ("701 123 4567", "RU", "KZ"),
        ("+7 912 345 6789", "KZ", "RU"), ("+39 06 6981 2345", "IT", "VA"), ("+47 79 12 34 56", "NO", "SJ"),
        ("+61 8 9162 1234", "AU", "CC"), ("+61 8 9164 1234", "AU", "CX"), ("+212 528 812345", "EH", "EH"),
        ("+262 639 39 12 34", "RE", "YT"), ("+358 18 1234567", "FI", "AX"), ("+599 318 1234", "CW", "BQ"),
        ("+290 8999", "SH", "TA"), ("+590 690 00 12 34", "BL", "BL"), ("+44 7400 123456", "JE", "GB"),
    ],
)  # fmt: skip
def test_what_is_valid_elsewhere_only_belongs_there(text: str, chosen: str, owner: str) -> None:
    assert parse(text, chosen).region == owner


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("+212 528 812345", "MA"), ("+212 528 812345", "EH"), ("+39 333 123 4567", "VA"), ("+1 533 234 5678", "CA"),
        ("+590 690 00 12 34", "MF"), ("+44 7700 900123", "GB"), ("+1 555 234 5678", "CA"),
    ],
)  # fmt: skip
def test_what_is_valid_in_several_or_in_none_stays_where_it_was_chosen(text: str, chosen: str) -> None:
    assert parse(text, chosen).region == chosen


def test_no_number_is_said_to_be_of_a_country_that_does_not_have_it() -> None:
    said = [
        (example, chosen, phone.region)
        for _, _, example in EXAMPLES
        for chosen in SHARED[example.country_code][:2]
        for phone in [parse(phonenumbers.format_number(example, PhoneNumberFormat.E164), chosen)]
    ]

    assert len(said) > 250
    assert [each for each in said if not phonenumbers.is_valid_number_for_region(each[0], each[2])] == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [(800, "toll_free"), (808, "shared_cost"), (870, "satellite"), (881, "satellite"), (882, "satellite"),
     (883, "satellite"), (888, "company"), (979, "premium")],
)  # fmt: skip
def test_codes_of_no_country_are_refused_by_name_whether_a_plan_knows_the_number_or_not(code: int, reason: str) -> None:
    example = str(phonenumbers.example_number_for_non_geo_entity(code).national_number)

    for national in (example, "9" * len(example)):
        assert outcome(f"+{code} {national}", "GB") == outcome(f"00{code}{national}", "DE") == reason
