"""Every country’s numbers in every way of writing them: never silently another number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from tests.support.characters import BLANK, INVISIBLE
from tests.support.phone_numbers import ACCEPTED, DIGITS, EXAMPLES, ORDINARY, REGIONS, e164
from trustweb.phone_numbers import NumberRefused, NumberUnclear, PhoneNumber, parse

pytestmark = pytest.mark.slow

Example = phonenumbers.PhoneNumber
Ways = dict[str, Callable[[Example], str]]
SURE: Ways = {
    "international": lambda n: phonenumbers.format_number(n, PhoneNumberFormat.INTERNATIONAL),
    "e164": e164,
    "plus and zeros": lambda n: f"+00{e164(n)[1:]}",
    "link": lambda n: phonenumbers.format_number(n, PhoneNumberFormat.RFC3966),
    "link with context": lambda n: f"tel:{phonenumbers.national_significant_number(n)};phone-context=+{n.country_code}",
    "full width": lambda n: e164(n).translate(
        {ord("+"): "＋"} | dict(zip(map(ord, DIGITS[0]), DIGITS[1], strict=True))
    ),
}
HABITS: Ways = {
    "bracketed zero": lambda n: f"+{n.country_code} (0) {phonenumbers.national_significant_number(n)}",
    "two zeros": lambda n: f"00{e164(n)[1:]}",
    "american": lambda n: f"011 {e164(n)[1:]}",
    "without plus": lambda n: e164(n)[1:],
}
AT_HOME: Ways = {
    "national": lambda n: phonenumbers.format_number(n, PhoneNumberFormat.NATIONAL),
    "as after the code": phonenumbers.national_significant_number,
}

SLIPS: dict[str, Callable[[str, int, str], str]] = {
    "added": lambda digits, at, another: digits[:at] + another + digits[at:],
    "doubled": lambda digits, at, _: digits[: at + 1] + digits[at:],
    "doubled first": lambda digits, *_: digits[0] + digits,
    "dropped": lambda digits, at, _: digits[:at] + digits[at + 1 :],
    "swapped": lambda digits, at, _: digits[:at] + digits[at : at + 2][::-1] + digits[at + 2 :],
}
FRENCH = {"FR", "RE", "YT", "GP", "BL", "MF", "GF", "MQ", "PM"}
"""Nine that dial one another as one country, with several codes."""


def elsewhere(each: int, many: int) -> Iterator[str]:
    """A few of all countries, others for each number."""
    return (REGIONS[(each * 7 + step * 83) % len(REGIONS)] for step in range(many))


def outcome(text: str, region: str, method: str = "") -> tuple[str, ...]:
    """The number that is called, or several that are named in a question; none when it is refused."""
    try:
        phone = parse(text, region, method)
    except NumberUnclear as unclear:
        return ("asked", *(each.number for each in unclear.choices))
    except NumberRefused:
        return ()
    return () if method and method not in phone.methods else (phone.number,)


def is_asked_for(text: str, region: str, numbers: tuple[str, ...]) -> bool:
    """Tell whether it is a number of the chosen country with just these digits, as the form asks for."""
    code = f"+{phonenumbers.country_code_for_region(region)}"
    digits = "".join(c for c in text if c.isdigit())
    return len(numbers) == 1 and numbers[0].startswith(code) and digits.endswith(numbers[0].removeprefix(code))


@pytest.mark.parametrize("way", SURE)
def test_a_code_that_is_written_as_one_is_understood_wherever_one_is(way: str) -> None:
    wrong = [
        (text, chosen, said)
        for place, (region, _, example) in enumerate(ORDINARY)
        for text in [SURE[way](example)]
        for chosen in (region, *elsewhere(place, 2))
        if (said := outcome(text, chosen)) != (e164(example),)
    ]

    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("way", HABITS)
def test_a_code_that_is_written_by_habit_is_understood_or_asked_about(way: str) -> None:
    wrong = [
        (text, chosen, said)
        for place, (region, _, example) in enumerate(ORDINARY)
        for text in [HABITS[way](example)]
        for chosen in (region, *elsewhere(place, 2))
        for said in [outcome(text, chosen)]
        if said and e164(example) not in said and not is_asked_for(text, chosen, said)
    ]

    assert wrong == []


def test_a_number_as_it_is_dialled_from_the_chosen_country_is_understood_or_asked_about() -> None:
    wrong = [
        (text, chosen, said)
        for place, (_, line, example) in enumerate(ORDINARY)
        for chosen in elsewhere(place, 2)
        for text in [phonenumbers.format_out_of_country_calling_number(example, chosen)]
        if e164(example) not in (said := outcome(text, chosen, "call" if line == "fixed" else "text"))
    ]

    assert wrong == []


@pytest.mark.parametrize("way", AT_HOME)
def test_at_home_every_way_is_understood(way: str) -> None:
    wrong = [
        (text, region, said)
        for region, _, example in ORDINARY
        for text in [AT_HOME[way](example)]
        if e164(example) not in (said := outcome(text, region)) and not is_asked_for(text, region, said)
    ]

    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("method", ["text", "call"])
def test_without_a_plus_another_countrys_number_is_never_silently_a_third_one(method: str) -> None:
    silent = [
        (text, chosen, said)
        for place, (_, _, example) in enumerate(ORDINARY)
        for text in [e164(example)[1:]]
        for chosen in elsewhere(place, 4)
        for said in [outcome(text, chosen, method)]
        if len(said) == 1 and said != (e164(example),) and not is_asked_for(text, chosen, said)
    ]

    assert silent == []


def slipped(slip: str) -> Iterator[tuple[str, str, str]]:
    """Each region's lines as they are dialled at home, with other last digits, and one mistake."""
    for place, (region, line, example) in enumerate(ORDINARY):
        by_chance = Random(f"{slip} {place}")
        way = AT_HOME[by_chance.choice([*AT_HOME])]
        digits = "".join(c for c in way(example) if c.isdigit())
        digits = digits[:-4] + "".join(by_chance.choices("0123456789", k=4))
        text = SLIPS[slip](digits, by_chance.randrange(len(digits)), by_chance.choice("0123456789"))
        yield text, region, "call" if line == "fixed" else "text"


def silently(text: str, region: str, method: str) -> str:
    """The number that gets a code without a question; empty when there is one, or a refusal."""
    try:
        phone = parse(text, region, method)
    except (NumberUnclear, NumberRefused):
        return ""
    return "" if phone.unusual or method not in phone.methods else phone.number


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_at_home_neither_goes_abroad_nor_loses_digits_without_a_question(slip: str) -> None:
    sent = [(text, region, silently(text, region, method)) for text, region, method in slipped(slip)]

    abroad = [
        (text, region, number)
        for text, region, number in sent
        if number
        and not number.startswith(f"+{phonenumbers.country_code_for_region(region)}")
        and not {region, str(phonenumbers.region_code_for_number(phonenumbers.parse(number)))} <= FRENCH
    ]
    without_code = [each for each in sent if each[2] == f"+{each[0]}" and each[0][0] != "1"]  # of +1 it is the prefix
    assert len(sent) > 700
    assert abroad == without_code == []


@settings(max_examples=250, deadline=None)
@given(st.data(), st.sampled_from(ORDINARY), st.sampled_from([*SURE, *AT_HOME]), st.sampled_from(DIGITS))
def test_what_nobody_sees_changes_nothing(data: st.DataObject, choice: tuple, way: str, digits: str) -> None:
    region, _, example = choice
    plain = (SURE | AT_HOME)[way](example).translate(str.maketrans(DIGITS[0], digits))
    between = st.sampled_from(["", "", *INVISIBLE, *BLANK])
    text = "".join(c + data.draw(between) for c in plain) if "link" not in way else plain + data.draw(between)

    assert parse(text, region).number == e164(example)


@pytest.mark.parametrize("unseen", [*INVISIBLE[::16], *BLANK])
def test_each_character_that_is_not_seen_may_stand_anywhere(unseen: str) -> None:
    text = unseen.join(["", *"+49", "1512", *"3456789", ""])

    assert parse(text, "GB") == PhoneNumber("+4915123456789", "DE", "mobile", unusual=False)


def verdict(text: str, region: str) -> PhoneNumber | str:
    try:
        phone = parse(text, region)
    except NumberRefused as refused:
        return refused.reason
    return PhoneNumber(phone.number, "", phone.line, phone.unusual)


@pytest.mark.parametrize(
    "text",
    [
        "+86 140 1234 5678", "+370 812 34567", "+49 1911 234567", "+7 800 123 45", "+1 911", "+44 999", "+44 118118",
        "+1 201 555 012", "+1 911 123 4567", "+36 06 1", "+870 773 111 632", "+39 06", "+999 1234", "+49 112",
        "+370 8 612 34567", "+375 8 029 123 45 67", "+7 8 912 345 67 89", "+1 1 201 555 0123", "+86 110",
        "+44 09012345678",
    ],
)  # fmt: skip
def test_the_verdict_is_the_numbers_whatever_country_is_chosen(text: str) -> None:
    assert len({verdict(text, region) for region in REGIONS}) == 1


def test_the_verdict_on_every_kind_of_line_is_the_numbers() -> None:
    others = [(e164(example), region) for region, line, example in EXAMPLES if line not in ACCEPTED]

    wrong = [
        (text, chosen)
        for place, (text, region) in enumerate(islice(others, 0, None, 3))
        for chosen in elsewhere(place, 2)
        if verdict(text, chosen) != verdict(text, region)
    ]
    assert wrong == []
