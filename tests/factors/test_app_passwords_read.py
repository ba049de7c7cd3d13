"""App-specific passwords as people type them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from trustweb.factors.app_passwords import Parts, read

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
BETWEEN = ["", "", " ", "-", "_", "\u00a0", "\u2010", "\u2013", "\u2014", "\u200b", "\t", "\n"]
LOOKS = {"0": "0oO\uff10", "1": "1iIlL\uff11"}
PARTS = st.builds(Parts, st.text(ALPHABET, min_size=8, max_size=8), st.text(ALPHABET, min_size=20, max_size=20))


@given(PARTS, st.data())
def test_however_it_is_typed_it_is_read(parts: Parts, data: st.DataObject) -> None:
    def typed(character: str) -> str:
        return data.draw(st.sampled_from(LOOKS.get(character, character + character.upper())))

    written = "".join(typed(each) + data.draw(st.sampled_from(BETWEEN)) for each in str(parts))

    assert read(written) == parts


@given(PARTS)
def test_it_is_written_in_groups_that_a_scanner_finds(parts: Parts) -> None:
    assert re.fullmatch("twap(-[0-9a-hjkmnp-tv-z]{4}){7}", str(parts))
    assert read(str(parts)) == parts


@given(st.text(max_size=80))
def test_whatever_else_is_typed_is_none(typed: str) -> None:
    found = read(typed)

    assert found is None or set(found.handle + found.secret) <= set(ALPHABET)


@given(PARTS, st.integers(0, 31), st.sampled_from("u!é"))
def test_a_letter_too_many_or_a_strange_one_is_none(parts: Parts, at: int, strange: str) -> None:
    bare = str(parts).replace("-", "")

    assert read(bare[:at] + strange + bare[at:]) is None
    assert read(bare[:at] + strange + bare[at + 1 :]) is None
    assert read(bare[:at] + bare[at + 1 :]) is None
    assert read(bare.removeprefix("twap")) is None
