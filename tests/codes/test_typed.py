"""Invisible characters change nothing in codes, recovery keys and phone numbers."""

from __future__ import annotations

import unicodedata

import pytest

from tests.support.characters import BLANK, INVISIBLE
from trustweb import one_time_code, phone_numbers
from trustweb.factors import crockford
from trustweb.typed import plain_digits, visible

# Default_Ignorable_Code_Point of Unicode, from its DerivedCoreProperties.txt.
EVERYTHING = "".join(c for c in map(chr, range(0x110000)) if not 0xD800 <= ord(c) < 0xE000)


def test_all_that_is_ignorable_is_dropped_and_all_that_is_blank_is_a_space() -> None:
    assert visible("".join(INVISIBLE)) == ""
    assert visible("".join(BLANK)) == " " * len(BLANK)
    assert len(INVISIBLE) > 4000


@pytest.mark.slow
def test_nothing_that_is_seen_is_dropped() -> None:
    kept = set(visible(EVERYTHING))

    dropped = [
        c for c in EVERYTHING if c not in kept and c not in BLANK and unicodedata.category(c) not in {"Cc", "Cf"}
    ]
    assert set(dropped) <= set(INVISIBLE)


def test_digits_of_every_script_are_digits() -> None:
    digits = [c for c in EVERYTHING if unicodedata.category(c) == "Nd"]

    assert plain_digits("".join(digits)) == "0123456789" * (len(digits) // 10)


def test_keycaps_are_the_digits_on_them() -> None:
    assert plain_digits(visible("1\ufe0f\u20e32\u20e3")) == "12"


@pytest.mark.parametrize(
    "between", ["\u30fc", "\uff70", "\uff5e", "\u223c", "\u301c", "~", "\u2500", "\u3161", "\u2796"]
)
def test_what_keyboards_have_for_dashes_is_one(between: str) -> None:
    assert one_time_code.read(f"123{between}456") == "123456"
    assert crockford.read(f"ABCD{between}1234", 8) == "ABCD1234"
    assert phone_numbers.parse(f"090{between}1234{between}5678", "JP").number == "+819012345678"


@pytest.mark.parametrize("between", ["".join(INVISIBLE[:256]), "\ufe0e", "\U000e0101", *BLANK, "\u2011", "\u2212"])
def test_what_is_unseen_or_blank_changes_no_code_and_no_paper(between: str) -> None:
    assert one_time_code.read(between.join("123456")) == "123456"
    assert crockford.read(between.join("ABCD1234"), 8) == "ABCD1234"


@pytest.mark.parametrize("unseen", INVISIBLE[:: len(INVISIBLE) // 200])
def test_each_unseen_character_changes_nothing(unseen: str) -> None:
    assert one_time_code.read(f"{unseen}123{unseen}456") == "123456"
    assert crockford.read(f"AB{unseen}CD", 4) == "ABCD"
