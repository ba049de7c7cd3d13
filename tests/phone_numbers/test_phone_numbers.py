"""Phone numbers as people type them: parsed, refused, formatted."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat, shortnumberinfo

from tests.support.phone_numbers import ACCEPTED, DIGITS, EXAMPLES, ORDINARY, REGIONS, e164
from trustweb import phone_numbers
from trustweb.phone_numbers import NumberRefused, PhoneNumber, countries, likely_region, mask, parse

NOISE = ["", " ", "  ", "'", "-", ")", "\u00a0", "\u200e", "\u200f", "\u2060", "\u202a", "\u202c", "\u2011"]


def typed(example: phonenumbers.PhoneNumber) -> list[str]:
    """One number in all the ways of writing it down."""
    formats = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)
    return [
        *(phonenumbers.format_number(example, each) for each in formats),
        phonenumbers.national_significant_number(example),
    ]


def outcome(text: str, region: str) -> PhoneNumber | str:
    """The number, or the reason for refusing it."""
    try:
        return parse(text, region)
    except NumberRefused as refused:
        return refused.reason


@pytest.mark.slow
def test_example_numbers_of_every_region_are_the_lines_that_its_plan_says() -> None:
    wrong = [
        (text, region, said)
        for region, line, example in EXAMPLES
        for text in typed(example)
        if (said := outcome(text, region))
        != (PhoneNumber(e164(example), region, line, unusual=False) if line in ACCEPTED else line)
    ]

    assert len(EXAMPLES) > 1300
    assert wrong == []


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ORDINARY), st.integers(0, 99))
def test_what_is_shown_reads_back_as_the_same_number(choice: tuple, ending: int) -> None:
    region, _, example = choice
    phone = outcome(f"{e164(example)[:-2]}{ending:02}", region)

    assert isinstance(phone, PhoneNumber)
    assert parse(phone_numbers.national(phone.number), phone.region) == phone
    assert parse(phone_numbers.international(phone.number), "") == parse(phone.number, "")
    assert parse(phone.number, phone.region) == phone


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(ORDINARY), st.sampled_from(DIGITS), st.integers(0, 3))
def test_noise_and_other_scripts_change_nothing(data: st.DataObject, choice: tuple, digits: str, way: int) -> None:
    region, line, example = choice
    plain = typed(example)[way].translate(str.maketrans("0123456789", digits))
    noise = data.draw(st.lists(st.sampled_from(NOISE), min_size=len(plain), max_size=len(plain)))
    text = "".join(c + between for c, between in zip(plain, noise, strict=True))

    assert outcome(text, region) == PhoneNumber(e164(example), region, line, unusual=False)


@pytest.mark.parametrize("space", ["\u2009", "\u202f", "\u2007"])
def test_every_kind_of_space_is_a_space(space: str) -> None:
    assert outcome(f"07400{space}123456", "GB") == PhoneNumber("+447400123456", "GB", "mobile", unusual=False)


@pytest.mark.parametrize(
    ("text", "region"),
    [("+49 1512 3456789", "GB"), ("0049 1512 3456789", "GB"), ("011 49 1512 3456789", "US"), ("+4915123456789", "")],
)
def test_a_pasted_international_number_corrects_the_country(text: str, region: str) -> None:
    assert parse(text, region) == PhoneNumber("+4915123456789", "DE", "mobile", unusual=False)


@pytest.mark.parametrize(
    ("line", "methods"),
    [("mobile", ("text", "call")), ("either", ("text", "call")), ("fixed", ("call",)), ("voip", ("text", "call"))],
)
def test_a_fixed_line_takes_calls_only(line: str, methods: tuple[str, ...]) -> None:
    assert PhoneNumber("+447400123456", "GB", line, unusual=False).methods == methods


def test_a_possible_number_that_no_plan_knows_is_only_unusual() -> None:
    phone = parse("07000 123 45", "DE")

    assert phone == PhoneNumber("+49700012345", "DE", phone.line, unusual=True)


def test_the_trunk_prefix_changes_nothing_for_a_number_that_is_too_short_either() -> None:
    assert outcome("07400 1234", "GB") == outcome("7400 1234", "GB") == "too_short"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"), (" \u200e ", "empty"), ("+", "empty"),
        ("call me", "letters"), ("07400 12345O", "letters"), ("0800 FLOWERS", "letters"), ("07400 123456 a", "letters"),
        ("020 7031 3000 ext 12", "extension"), ("020 7031 3000 x12", "extension"), ("020 7031 3000;12", "extension"),
        ("074", "too_short"), ("07400 123456 7", "too_long"), ("07400 123456 07400 123456 1", "too_long"),
        ("+999 12345678", "impossible"), ("+870 773 111 632", "satellite"), ("+881 612 345 678", "satellite"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_wrong(text: str, reason: str) -> None:
    assert outcome(text, "GB") == reason


def test_a_mask_shows_the_dialling_code_and_two_digits() -> None:
    for _, _, example in ORDINARY:
        number, shown = e164(example), mask(e164(example))

        assert shown.startswith(f"+{example.country_code} ")
        assert "".join(c for c in shown if c.isdigit()) == f"{example.country_code}{number[-2:]}"
        assert shown.count("•") == len(number) - 3 - len(str(example.country_code))
        assert phone_numbers.log_mask(number) == f"+{example.country_code}…"


def short_numbers(region: str) -> set[str]:
    kinds = PhoneMetadata.short_metadata_for_region(region)
    services = ("general_desc", "toll_free", "premium_rate", "standard_rate", "short_code", "carrier_specific")
    described = [getattr(kinds, each) for each in services] if kinds else []
    return {each.example_number for each in described if each and each.example_number}


def test_no_emergency_number_is_dialled() -> None:
    dialled = [
        (text, chosen)
        for region in REGIONS
        for number in ("112", "911", "999", "000", "110", "119", "117", "118", "15", "17", "190", "08")
        if shortnumberinfo.is_emergency_number(number, region)
        for text in (number, f"+{phonenumbers.country_code_for_region(region)} {number}")
        for chosen in (region, "GB", "US")
        if outcome(text, chosen) not in {"emergency", "short", "too_short", "impossible"}
    ]

    assert dialled == []


def test_no_short_number_is_dialled() -> None:
    dialled = [
        (text, region)
        for region in REGIONS
        for number in short_numbers(region)
        for text in (number, f"+{phonenumbers.country_code_for_region(region)} {number}")
        # In a few small places an ordinary number is as short as that.
        if isinstance(said := outcome(text, region), PhoneNumber) and said.unusual
    ]

    assert dialled == []


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("0911 1234567", "DE", "+499111234567"),  # Nuremberg
        ("01 12 34 56 78", "FR", "+33112345678"),
        ("(11) 2345-6789", "BR", "+551123456789"),
        ("0119 123456", "IT", "+390119123456"),
        ("0113 496 0000", "GB", "+441134960000"),
        ("(999) 555-0123", "US", "+19995550123"),
    ],
)
def test_a_number_that_begins_like_an_emergency_call_is_ordinary(text: str, region: str, number: str) -> None:
    assert parse(text, region).number == number


@pytest.mark.parametrize("language", ["en", "de"])
def test_countries_are_sorted_by_their_names_without_accents(language: str) -> None:
    names = [country.name for country in countries(language)]

    plain = [name.translate(str.maketrans("ÄÅÇÉÍÔÖÜäåãçéèíñôöü", "AACEIOOUaaaceeinoou")).casefold() for name in names]
    assert plain == sorted(plain)
    assert len(set(names)) == len(names) > 230


def test_countries_are_named_in_the_persons_language() -> None:
    english = {each.region: each.name for each in countries("en")}
    german = {each.region: each.name for each in countries("de")}

    assert (english["DE"], german["DE"]) == ("Germany", "Deutschland")
    assert english.keys() == german.keys() <= phonenumbers.SUPPORTED_REGIONS


def test_canada_and_the_united_states_are_two_countries_of_one_code() -> None:
    of_one = {each.name: each.code for each in countries("en") if each.region in {"CA", "US"}}

    assert of_one == {"Canada": 1, "United States": 1}


def test_only_allowed_countries_are_listed() -> None:
    assert [each.region for each in countries("en", frozenset({"GB", "DE"}))] == ["DE", "GB"]


@pytest.mark.parametrize(
    ("languages", "region"),
    [
        (["de-AT", "de"], "AT"), (["de"], "DE"), (["en-GB", "en"], "GB"), (["fr", "en"], "FR"), (["zh-Hant-TW"], "TW"),
        (["en_US"], "US"), (["ja"], "JP"), ([], None), (["*"], None), (["xx"], None),
        (["de", "en-US", "en"], "DE"),  # what a German Firefox sends
    ],
)  # fmt: skip
def test_the_likely_country_is_that_of_the_first_language(languages: list[str], region: str | None) -> None:
    assert likely_region(languages) == region
