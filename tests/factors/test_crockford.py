"""Recovery keys and backup codes as people write them down and type them."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from trustweb.factors import crockford

LENGTH = 28
texts = st.text(crockford.ALPHABET, min_size=LENGTH, max_size=LENGTH)
LOOK_ALIKES = {"0": "0Oo", "1": "1IiLl"}
BETWEEN = ["", "", "", "-", " ", "\u2013", "\u00a0", "\n", "\t"]


@st.composite
def copied(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a secret, and one way of typing it."""
    text = draw(texts)
    letters = [draw(st.sampled_from(LOOK_ALIKES.get(c, c + c.lower()))) for c in text]
    if draw(st.booleans()):  # full-width, as some keyboards write
        letters = [chr(ord(c) + 0xFEE0) for c in letters]
    return text, "".join(draw(st.sampled_from(BETWEEN)) + c for c in letters) + draw(st.sampled_from(BETWEEN))


@given(copied())
def test_look_alikes_case_and_what_stands_between_do_not_matter(pair: tuple[str, str]) -> None:
    text, typed = pair

    assert crockford.read(typed, LENGTH) == text


@given(texts, st.integers(0, LENGTH - 1), st.sampled_from(crockford.ALPHABET))
def test_another_letter_is_another_text(text: str, at: int, letter: str) -> None:
    assume(text[at] != letter)

    assert crockford.read(text[:at] + letter + text[at + 1 :], LENGTH) != text


@given(st.text())
def test_anything_else_is_nothing(typed: str) -> None:
    found = crockford.read(typed, LENGTH)

    assert found is None or (len(found) == LENGTH and set(found) <= set(crockford.ALPHABET))


@given(texts, st.sampled_from("Uu*äß=§"))
def test_a_letter_that_no_key_has_is_not_guessed(text: str, letter: str) -> None:
    assert crockford.read(letter + text[1:], LENGTH) is None


def test_what_is_made_has_every_letter_and_never_comes_twice() -> None:
    made = [crockford.make(LENGTH) for _ in range(200)]

    assert set("".join(made)) == set(crockford.ALPHABET)
    assert len(crockford.ALPHABET) == 32
    assert not set("ILOU") & set(crockford.ALPHABET)
    assert len(set(made)) == 200
    assert crockford.grouped("A" * 28, 4) == "-".join(["AAAA"] * 7)
