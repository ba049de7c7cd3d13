"""The migration that gives every account one key for all spellings of its address, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable

import idna
import pytest

from tests.support.old_database import OldNames

pytestmark = pytest.mark.slow


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    return lambda: [line for line in capsys.readouterr().err.splitlines() if "ccount" in line]


def test_a_key_that_changes_is_said_and_the_others_stay(old: OldNames, said: Callable[[], list[str]]) -> None:
    after = old.upgraded(
        (1, "Alice@example.com", "alice@example.com"),
        (2, "anna@bücher.example", "anna@bücher.example"),
        (3, "anna@straße.example", "anna@strasse.example"),
    )

    assert after == {1: "alice@example.com", 2: "anna@xn--bcher-kva.example", 3: "anna@xn--strae-oqa.example"}
    assert said() == [
        "Account 2 is looked up as anna@xn--bcher-kva.example, and not as anna@bücher.example any more.",
        "Account 3 is looked up as anna@xn--strae-oqa.example, and not as anna@strasse.example any more.",
    ]


@pytest.mark.parametrize("younger_changes", [True, False])
def test_where_two_meet_the_older_keeps_the_address(
    old: OldNames, said: Callable[[], list[str]], younger_changes: bool
) -> None:
    wide, plain = "ａｎｎａ@example.com", "anna@example.com"
    names = (plain, wide) if younger_changes else (wide, plain)

    after = old.upgraded((1, names[0], names[0]), (2, names[1], names[1]))

    assert after[1] == plain
    assert (old.found(wide), old.found(plain)) == (1, 1)
    assert said()[-1] == (
        f"{names[0]} (account 1) and {names[1]} (account 2) are the same address: account 1 is older and keeps it, "
        "and nobody can sign in to account 2 by its name until you give it another one with "
        "`trustweb account rename 2 NEW-ADDRESS`."
    )


def test_of_three_who_meet_the_oldest_keeps_it_whatever_their_numbers(
    old: OldNames, said: Callable[[], list[str]]
) -> None:
    names = ["ann\u034fa@example.com", "ａｎｎａ@example.com", "anna@example.com"]

    after = old.upgraded((9, names[0], names[0]), (2, names[1], names[1]), (5, names[2], names[2]))

    assert after[9] == "anna@example.com"
    assert [bool(re.search("account 9 is older", line)) for line in said()[-2:]] == [True, True]


def test_keys_that_change_places_find_them(old: OldNames) -> None:
    """The old key of each is the new one of the next, as a key by hand may be."""
    names = [f"anna@{name}.example" for name in ("bücher", "büro", "bühne", "bürste")]
    right = [f"anna@{idna.encode(name[5:]).decode()}" for name in names]

    after = old.upgraded(*((n + 1, names[n], right[n - 1]) for n in range(4)))

    assert [after[n + 1] for n in range(4)] == right


def test_more_than_are_looked_at_at_once(old: OldNames) -> None:
    after = old.upgraded(*((n, f"p{n}@bücher.example", f"p{2501 - n}@xn--bcher-kva.example") for n in range(1, 2501)))

    assert after == {n: f"p{n}@xn--bcher-kva.example" for n in range(1, 2501)}


KEYS = {
    "ΟΔΟΣ@example.com": "οδοσ@example.com", "İ@example.com": "i\u0307@example.com", "ﬁ@x.example": "fi@x.example",
    "a\u200db@bü\u200dcher。example": "ab@xn--bcher-kva.example", "Ａ＠ＢÜＣＨＥＲ．example": "a@xn--bcher-kva.example",
    "x@نامه\u200cای.example.\u200c": "x@xn--mgba3gch31f060k.example", "alice": "4711", "a@bad⒈example": "4712",
    "A´…Ｂ@example.com": "a´…b@example.com",
}  # fmt: skip


def test_every_spelling_has_its_key_and_what_is_no_address_keeps_its_own(
    old: OldNames, said: Callable[[], list[str]]
) -> None:
    numbers = {name: at for at, name in enumerate(KEYS, 4705)}

    after = old.upgraded(*((at, name, f"{at}") for name, at in numbers.items()))

    assert {name: after[at] for name, at in numbers.items()} == KEYS
    assert "alice is no e-mail address: say `trustweb account rename 4711 NEW-ADDRESS`." in said()
