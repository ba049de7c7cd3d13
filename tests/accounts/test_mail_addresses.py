"""E-mail addresses: one key for all spellings of one, and never one for two domains."""

from __future__ import annotations

import sys
import unicodedata

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trustweb.mail_addresses import NOBODY, clean, key

ANNA = "anna@xn--bcher-kva.example"
UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2066\u3164\ufe0f\ufeff\uffa0\U000e0041"
)
SIGNS = "aAnßẞσςΣİIıéüſKﬁª²ａＺ中あ한\u0301\u0307\u0345\u200c\u200d\u200b.-_+。．"
TEXTS = st.text(max_size=24) | st.text(SIGNS, max_size=24)
DOMAINS = st.lists(st.text("abxyzßςσüéа中あ8-بي\u200c", min_size=1, max_size=9), min_size=2, max_size=3).map(".".join)


def wide(text: str) -> str:
    """Write ASCII in the full-width characters of East Asian keyboards."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize(
    "typed",
    ["anna@bücher.example", "Anna@Bücher.Example", "ANNA@XN--BCHER-KVA.EXAMPLE", "anna@bu\u0308cher.example",
     "anna@BU\u0308CHER.example", "anna＠bücher。example", "anna﹫bücher．example", "anna@bücher｡example",
     "anna@bücher﹒example", "anna@bücher.example.", " anna@bücher.example\n", "\u3000anna @\u00a0bücher.example\u2028",
     "⠀anna@bücher.example", wide("Anna@Bücher.Example"), "\u202aanna@bücher.example\u202c",
     "\N{MATHEMATICAL BOLD SMALL A}nna@bücher.example"],
)  # fmt: skip
def test_an_address_is_one_however_it_is_written(typed: str) -> None:
    assert key(typed) == ANNA
    assert clean(typed).casefold() == "anna@bücher.example"


COPIED = [
    "mailto:{}", "MAILTO: {}", "mailto:{}?subject=Hi&body=a@b", "Anna <mailto:{}?cc=b@x>", "mailto:mailto:{}", "<{}>",
    " <{}> ", "<mailto:{}>", "Anna <{}>", "Anna<{}>;", '"Doe, Anna" <{}>', "{} <{}>", "Anna (@ work) <{}>,",
    "{},", "{};", "{} ; ", "<{}.>",
]  # fmt: skip


@pytest.mark.parametrize("copied", COPIED)
def test_what_a_mail_program_copies_is_the_address_in_it(copied: str) -> None:
    typed = copied.replace("{}", "anna@bücher.example")

    assert key(typed) == ANNA
    assert clean(typed) == "anna@bücher.example"


@pytest.mark.parametrize(
    "typed",
    ["anna@example.com, bob@example.com", "Anna <anna@example.com>, Bob <bob@example.com>", "<anna@example.com",
     "anna@example.com>", "anna@example.com, Bob <bob@example.com>", "anna@example.com?subject=Hi", "<>", "mailto:",
     "mailto:@example.com", "Anna <>", "Anna <anna>", "<anna@example.com> Anna", "anna@example.com; <bob@example.com>"],
)  # fmt: skip
def test_of_several_none_is_taken(typed: str) -> None:
    with pytest.raises(ValueError):
        clean(typed)


@pytest.mark.parametrize("sign", "´¨¸΅῝…‥⑴：；＜℀⁽﹕")
def test_a_sign_that_would_fall_apart_stays_as_it_is(sign: str) -> None:
    typed = f"a{sign}b@example.com"

    assert key(clean(typed)) == key(typed) != NOBODY


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_nobody_sees_changes_nothing(unseen: str) -> None:
    text = "anna@bücher.example"
    spelt = {text[:at] + unseen + text[at:] for at in range(len(text) + 1)}

    assert {key(each) for each in spelt} == {ANNA}
    assert {clean(each) for each in spelt} == {text}


@pytest.mark.parametrize(
    ("one", "other"),
    [("anna@straße.example", "anna@strasse.example"), ("anna@βόλος.example", "anna@βόλοσ.example"),
     ("straße@example.com", "strasse@example.com"), ("anna@example.com", "anna@exämple.com"),
     ("аnna@example.com", "anna@example.com"), ("anna@fußball.example", "anna@fussball.example"),
     ("x@نامه\u200cای.example", "x@نامهای.example"), ("a.nna@example.com", "anna@example.com")],
)  # fmt: skip
def test_two_mailboxes_are_two(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("anna@xn--strae-oqa.example", "anna@straße.example"), ("anna@STRAẞE.example", "anna@straße.example"),
     ("ＡＮＮＡ@example.com", "ANNA@example.com"), ("jörg@example.com", "jörg@example.com"),
     ("x@xn--nxasmm1c.example", "x@βόλος.example"), ("x@xn--mgba3gch31f060k.example", "x@نامه\u200cای.example"),
     ("x@نامه\u200cای\u200d.exam\u200cple", "x@نامه\u200cای.example")],
)  # fmt: skip
def test_an_address_is_kept_as_people_read_it(typed: str, read: str) -> None:
    assert clean(typed) == read


@pytest.mark.parametrize(
    "typed",
    ["", "anna", "@", "anna@", "@example.com", "anna@bad..example", "anna@exa mple.com", "an\0na@example.com",
     "\ud800@example.com", "anna@\udcff.example", "anna@xn--.example", "anna@xn--a.example", "anna@evil⒈example",
     "anna@[127.0.0.1]", "anna@-.example", "x" * 100_000, "a@" + "\u0628\u0300" * 90 + "\u200c" * 99, "anna@💩.example",
     "a@" + "x." * 400 + "example"],
)  # fmt: skip
def test_what_is_no_address_is_nobody(typed: str) -> None:
    assert key(typed) == NOBODY
    with pytest.raises(ValueError):
        clean(typed)


@pytest.mark.parametrize("typed", ["an na@example.com", '"anna"@example.com', "a@b@example.com", "anna@localhost"])
def test_nor_is_what_only_looks_like_one(typed: str) -> None:
    with pytest.raises(ValueError):
        clean(typed)


@given(
    st.text("abxnZ09-._\u212aſ", max_size=12)
    | st.integers(1, 70).map("a".__mul__)
    | st.integers(1, 70).map("a.".__mul__)
)
@example("xn--bcher-kva.example")
@example("ab--c.example")
@example(".".join(["a" * 63] * 3 + ["b" * 61]))
@example(".".join(["a" * 63] * 3 + ["b" * 62]))
def test_a_domain_of_letters_digits_and_hyphens_is_what_idna_makes_of_it(domain: str) -> None:
    try:
        expected = f"a@{idna.encode(idna.uts46_remap(domain, std3_rules=False).rstrip('.'), strict=True).decode()}"
    except ValueError:
        expected = NOBODY

    assert key(f"a@{domain}") == expected


@given(TEXTS, TEXTS)
@example("ΟΔΟΣ", "example.com")
@example("İ", "İ.example")
@example("Σ.A", "ΣΑΣ.example")
@example("a", "a.\u200c")
def test_a_key_is_its_own_key(local: str, domain: str) -> None:
    once = key(f"{local}@{domain}")

    assert key(once) == once


@given(st.text(SIGNS, min_size=1, max_size=12), DOMAINS)
def test_an_address_as_it_is_kept_has_the_key_of_what_was_typed(local: str, domain: str) -> None:
    typed = f"{local}@{domain}.example"
    try:
        kept = clean(typed)
    except ValueError:
        return

    assert key(kept) == key(typed) != NOBODY
    assert clean(kept) == kept
    assert len(key(kept)) <= 254


@given(st.text("anοςσåé中", min_size=1, max_size=9), DOMAINS)
def test_capitals_wide_letters_and_both_spellings_of_the_domain_have_one_key(local: str, domain: str) -> None:
    try:
        ascii_domain = idna.encode(domain).decode()
    except idna.IDNAError:
        return
    one = key(f"{local}@{domain}")

    assert one == key(f"{local.upper()}@{ascii_domain.upper()}") == key(wide(f"{local}@{domain}"))
    assert one == key(unicodedata.normalize("NFD", f"{local}@{domain}"))


@given(DOMAINS, DOMAINS)
@example("straße.de", "strasse.de")
def test_two_domains_never_have_one_key(one: str, other: str) -> None:
    def in_the_dns(domain: str) -> str:
        try:
            return idna.encode(domain).decode()
        except idna.IDNAError:
            return ""

    if in_the_dns(one) != in_the_dns(other) and in_the_dns(one) and in_the_dns(other):
        assert key(f"a@{one}") != key(f"a@{other}")


@pytest.mark.slow
def test_every_letter_there_is_has_a_key_that_is_its_own() -> None:
    letters = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c)[0] in "LMNPSZ"]
    once = [key(f"a{c}@example.com") for c in letters]

    assert [each for each in once if key(each) != each] == []
