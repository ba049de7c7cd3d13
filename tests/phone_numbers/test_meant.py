"""Numbers with several readings: accepted, asked about, or changed since their numbering plan changed."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from tests.support.phone_numbers import ORDINARY, e164
from trustweb import phone_numbers
from trustweb.phone_numbers import NumberRefused, NumberUnclear, PhoneNumber, parse

FRENCH = ["FR", "RE", "YT", "GP", "BL", "MF", "GF", "MQ", "PM"]
VIETNAMESE = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78", "123": "83", "124": "84", "125": "85", "127": "81",
    "129": "82", "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59",
}  # fmt: skip


def asked(text: str, region: str, method: str = "text") -> tuple[str, list[str]]:
    """Return the reason for asking, and the numbers to choose from."""
    with pytest.raises(NumberUnclear) as unclear:
        parse(text, region, method)
    return unclear.value.why, [each.number for each in unclear.value.choices]


@pytest.mark.parametrize("method", ["text", "call"])
@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+49 1911 234567", "US", "+491911234567"),  # not the 1 of America
        ("+7 8 912 345 67 89", "DE", "+79123456789"), ("+36 06 30 123 4567", "RU", "+36301234567"),
        ("+370 8 612 34567", "US", "+37061234567"), ("+375 8 029 123 45 67", "DE", "+375291234567"),
        ("+1 (1) 201 555 0123", "DE", "+12015550123"), ("+44 (0)7400 123456", "US", "+447400123456"),
        ("+44 (0)07400 123456", "US", "+447400123456"),
        ("+48 (0) 512 345 678", "PL", "+48512345678"), ("+48 (0) 512 345 678", "DE", "+48512345678"),
        ("0048 (0)512 345 678", "GB", "+48512345678"), ("+48 0512 345 678", "PL", "+48512345678"),
        ("+34 (0)612 34 56 78", "ES", "+34612345678"), ("+420 [0] 601 123 456", "DE", "+420601123456"),
        ("+39 (0) 333 1234567", "IT", "+393331234567"), ("+225 07 08 09 10 11", "FR", "+2250708091011"),
    ],
)  # fmt: skip
def test_a_prefix_belongs_to_the_numbers_own_country(text: str, region: str, number: str, method: str) -> None:
    assert parse(text, region, method).number == number


@pytest.mark.parametrize("text", ["+39 06 1234567", "+39 (0) 6 1234567", "+39 (0)06 1234567", "0039 06 1234567"])
def test_a_zero_that_belongs_to_the_number_stays(text: str) -> None:
    assert parse(text, "FR", "call").number == "+39061234567"


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("447400123456", "GB", "+447400123456"),
        ("0049 1512 3456789", "US", "+4915123456789"), ("011 49 1512 3456789", "CA", "+4915123456789"),
        ("43 664 1234567", "AT", "+436641234567"), ("393331234567", "IT", "+393331234567"),
        ("8613812345678", "CN", "+8613812345678"), ("7 912 345 67 89", "RU", "+79123456789"),
        ("0044 7400 123456", "DE", "+447400123456"), ("91 98765 43210", "IN", "+919876543210"),
        ("512 345 6789", "US", "+15123456789"),  # in Peru too, but nobody said so
    ],
)  # fmt: skip
def test_without_a_plus_the_only_number_that_it_can_be_is_taken(text: str, region: str, number: str) -> None:
    assert parse(text, region, "text").number == number


@pytest.mark.parametrize(
    ("text", "region", "method", "why", "choices"),
    [
        ("4915123456789", "DE", "text", "written", ["+4915123456789"]),  # at home it is a fixed line
        ("4915123456789", "DE", "call", "written", ["+4915123456789", "+494915123456789"]),
        ("447400123456", "DE", "call", "written", ["+447400123456", "+49447400123456"]),
        ("442070313000", "DE", "call", "written", ["+442070313000", "+49442070313000"]),
        ("011 44 20 7031 3000", "DE", "call", "written", ["+442070313000", "+4911442070313000"]),
        ("0016644912345", "GY", "call", "written", ["+16644912345", "+6644912345"]),  # where 001 is dialled, not 00
        ("11 2345-6789", "AR", "text", "mobile", ["+5491123456789"]),
        ("+54 11 2345-6789", "DE", "text", "mobile", ["+5491123456789"]),
        ("+55 11 8765-4321", "BR", "text", "changed", ["+5511987654321", "+551187654321"]),
        ("011 8765 4321", "BR", "call", "changed", ["+5511987654321", "+551187654321"]),
        ("+33 692 12 34 56", "FR", "text", "changed", ["+262692123456"]),
        ("90 01 12 34", "BJ", "text", "changed", ["+2290190011234"]),
        ("+229 90 01 12 34", "FR", "call", "changed", ["+2290190011234"]),
        ("07 08 09 10", "CI", "text", "changed", ["+2250707080910"]),
        ("+225 05 04 09 10", "CI", "text", "changed", ["+2250505040910"]),
        ("+225 41 04 09 10", "CI", "text", "changed", ["+2250141040910"]),
        ("20 21 22 23", "CI", "call", "changed", ["+2252720212223", "+2252520212223", "+2252120212223"]),
        ("+57 1 2345678", "CO", "call", "changed", ["+576012345678", "+5712345678"]),
        ("77 12 34 56", "CM", "text", "changed", ["+237677123456"]),
        ("22 23 45 67", "CM", "call", "changed", ["+237222234567"]),
        ("098 765 432", "EC", "text", "changed", ["+593998765432", "+59398765432"]),
        ("+230 712 3456", "DE", "text", "changed", ["+23057123456", "+2307123456"]),
        ("+56 2 2345678", "CL", "call", "changed", ["+56222345678"]),
        ("8765 4321", "CL", "text", "changed", ["+56987654321"]),
        ("+212 61 23 45 67", "MA", "text", "changed", ["+212661234567"]),
        ("022 23 45 67", "MA", "call", "changed", ["+212522234567"]),
        ("+381 38 123456", "XK", "call", "changed", ["+38338123456", "+38138123456"]),
        ("+386 49 123456", "DE", "text", "changed", ["+38349123456", "+38649123456"]),
    ],
)  # fmt: skip
def test_what_only_the_person_knows_is_asked(text: str, region: str, method: str, why: str, choices: list[str]) -> None:
    assert asked(text, region, method) == (why, choices)


@pytest.mark.parametrize(
    ("text", "region", "method", "choices"),
    [
        # abroad, and neither + nor an exit code says so: a digit too many, one that is missing, or meant
        ("346 612 34567", "US", "text", ["+34661234567"]), ("787 234 55613", "US", "call", ["+78723455613"]),
        ("201 555 40055", "US", "call", ["+20155540055"]), ("506 223 45567", "US", "call", ["+50622345567"]),
        ("961 312 3456", "PT", "text", ["+9613123456"]), ("22221234631", "MX", "text", ["+22221234631"]),
        ("984123486", "NP", "call", ["+984123486"]), ("447400123456", "FR", "text", ["+447400123456"]),
        ("4915123456789", "US", "text", ["+4915123456789"]), ("33 6 12 34 56 78", "US", "call", ["+33612345678"]),
        ("49 (0) 1512 3456789", "FR", "text", ["+4915123456789"]),
        # home numbers begin with the country's own code too, and this is one with a digit too many
        ("393 312 34567", "IT", "text", ["+39331234567"]), ("39395000603", "VA", "text", ["+39395000603"]),
        ("7 771 223 45 67", "KZ", "text", ["+77712234567"]),
        # what is dialled from America, and was not said to be
        ("011 49 1512 3456789", "DE", "text", ["+4915123456789", "+49114915123456789"]),
        # the 8 that was dialled in the Soviet Union, or a digit too many
        ("8 90 123 45 67", "UZ", "text", ["+998901234567", "+998801234567"]),
        # a 0 that was typed twice
        ("0015123456789", "DE", "text", ["+15123456789", "+4915123456789"]),
        ("0039 06 1234567", "DE", "call", ["+39061234567", "+4939061234567"]),
    ],
)  # fmt: skip
def test_what_may_be_a_slip_is_asked_about(text: str, region: str, method: str, choices: list[str]) -> None:
    assert asked(text, region, method) == ("written", choices)


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [("89008", "NF", "+672389008"), ("+67289008", "NF", "+672389008"), ("464 1234", "AG", "+12684641234")],
)
def test_an_area_code_that_the_plan_adds_is_asked_about(text: str, region: str, number: str) -> None:
    assert asked(text, region) == ("local", [number])
    assert parse(text, region, "text", frozenset({number})).number == number


@pytest.mark.parametrize("text", ["49211123456", "49 211 123456", "0049 211 123456"])
def test_what_takes_no_text_is_said_of_the_number_that_was_meant(text: str) -> None:
    assert parse(text, "DE", "text") == PhoneNumber("+49211123456", "DE", "fixed", unusual=False)
    assert parse("+229 21 12 34 56", "BJ", "text") == PhoneNumber("+2290121123456", "BJ", "fixed", unusual=False)


@pytest.mark.parametrize("old", VIETNAMESE)
def test_vietnams_old_mobile_numbers_are_told_their_new_ones(old: str) -> None:
    assert (
        asked(f"0{old} 234 5678", "VN")[1][0]
        == asked(f"+84 {old} 234 5678", "")[1][0]
        == f"+84{VIETNAMESE[old]}2345678"
    )


@pytest.mark.parametrize("text", ["+52 1 55 1234 5678", "044 55 1234 5678", "045 55 1234 5678", "01 55 1234 5678",
                                  "521 55 1234 5678", "0052 1 55 1234 5678", "+52 044 55 1234 5678"])  # fmt: skip
def test_mexicos_abolished_prefixes_are_left_out(text: str) -> None:
    assert parse(text, "MX", "text").number == "+525512345678"


@pytest.mark.parametrize("text", ["011 15 2345-6789", "11 15 2345-6789", "+54 11 15 2345-6789", "+54 9 11 15 2345-6789",
                                  "+54 9 11 2345-6789", "9 11 2345-6789", "5491123456789", "+54 9 011 2345-6789",
                                  "549 011 2345 6789", "+54 15 11 2345 6789", "+54 9 011 15 2345-6789"])  # fmt: skip
def test_argentinas_mobile_numbers_are_understood_with_9_and_15(text: str) -> None:
    assert parse(text, "AR", "text").number == "+5491123456789"
    assert parse("11 2345-6789", "AR", "call").number == "+541123456789"


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("8 050 123 45 67", "UA", "+380501234567"), ("80501234567", "UA", "+380501234567"),
        ("+380 8 050 123 45 67", "DE", "+380501234567"), ("8 555 12 34 56", "GE", "+995555123456"),
        ("8 077 123456", "AM", "+37477123456"), ("8 77 123456", "AM", "+37477123456"),
        ("8 050 123 45 67", "AZ", "+994501234567"), ("8 0555 123456", "KG", "+996555123456"),
        ("8 069 123456", "MD", "+37369123456"), ("8 2612 3456", "LV", "+37126123456"),
        ("8 612 34567", "LT", "+37061234567"), ("8 029 123 45 67", "BY", "+375291234567"),
    ],
)  # fmt: skip
def test_the_8_that_was_dialled_in_the_soviet_union_is_left_out(text: str, region: str, number: str) -> None:
    assert parse(text, region, "text").number == number


@pytest.mark.parametrize("region", FRENCH)
def test_france_and_its_lands_overseas_dial_one_another_as_one_country(region: str) -> None:
    typed = {
        e164(example): f"0{'508' if owner == 'PM' else ''}{example.national_number}"
        for owner, line, example in ORDINARY
        if owner in FRENCH and line in {"mobile", "fixed"}
    }

    assert len(typed) >= 2 * (len(FRENCH) - 2)
    assert {number: parse(text, region).number for number, text in typed.items()} == {each: each for each in typed}


def test_saying_yes_to_a_number_is_for_that_number_only() -> None:
    yes = frozenset({"+5511987654321"})

    assert parse("+55 11 8765-4321", "BR", "text", yes).number == "+5511987654321"
    with pytest.raises(NumberUnclear):
        parse("+55 11 8765-4322", "BR", "text", yes)
    assert parse("+49 30 123456", "BR", "call", yes).number == "+4930123456"
    assert parse("0015123456789", "DE", "text", frozenset({"+4915123456789"})).number == "+4915123456789"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+49 30 123456 / +49 30 123457", "impossible"), ("0151 23½45678", "impossible"), ("tel:", "empty"),
        ("tel:+49-30-123456;ext=12", "extension"), ("tel:+4930123456;isub=12", "extension"), ("*31#0151", "extension"),
        ("00 0044 7400 123456", "impossible"), ("0099 9123 4567", "impossible"),
    ],
)  # fmt: skip
def test_what_is_not_one_number_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse(text, "DE")

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "tel:+49-1512-3456789", "TEL:+4915123456789", "tel:01512-3456789;phone-context=+49", "tel://+49%201512%203456789",
        "tel:01512-3456789;phone-context=example.com", "callto:+4915123456789", "sms:+4915123456789?body=Hello",
        "sms:+4915123456789;?&body=1", "Tel: +49 1512 3456789", "📞 (+49) 1512 3456789", "+49.1512.3456789.",
    ],
)  # fmt: skip
def test_links_and_what_stands_around_a_number_are_understood(text: str) -> None:
    assert parse(text, "DE").number == "+4915123456789"


@pytest.mark.parametrize(
    ("number", "region", "typed"),
    [
        ("+4915123456789", "DE", "01512 3456789"), ("+262692123456", "RE", "0692 12 34 56"),
        ("+494915123456789", "DE", "0491 5123456789"), ("+5491123456789", "AR", "011 15-2345-6789"),
        ("+551187654321", "BR", "+55 1187654321"), ("+33692123456", "FR", "+33 6 92 12 34 56"),
    ],
)  # fmt: skip
def test_a_number_to_correct_is_shown_as_it_is_read(number: str, region: str, typed: str) -> None:
    assert phone_numbers.retyped(number, region) == typed
    assert phonenumbers.format_number(phonenumbers.parse(typed, region), PhoneNumberFormat.E164) == number
