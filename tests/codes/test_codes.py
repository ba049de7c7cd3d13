"""Verification codes: sent, sent again, checked, used up; and the limits of all that."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.asking import OFTEN, Asking
from tests.support.chance import says
from tests.support.kit import BOB, MOBILE, OTHER_MOBILE, Kit
from trustweb import keys, one_time_code
from trustweb.codes import challenges
from trustweb.codes.challenges import CodeExpired, CodeWrong, NoCode, NoTriesLeft, TooSoon
from trustweb.models import Challenge, ChallengeView
from trustweb.one_time_code import CodeUnreadable


def test_codes_are_six_digits_and_every_digit_is_as_likely(kit: Kit) -> None:
    ring = kit.core.keys
    codes = [
        one_time_code.derive(Challenge(secret=one_time_code.new_secret(ring), counter=0), ring) for _ in range(2000)
    ]

    assert {len(code) for code in codes} == {6}
    assert len(set(codes)) > 1990
    for place in range(6):
        counts = Counter(code[place] for code in codes)
        assert all(120 < counts[digit] < 280 for digit in "0123456789")  # six standard deviations


def test_a_resend_with_two_minutes_left_sends_the_same_code(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(**OFTEN)
    person = Asking(kit)
    person.send()
    code, life = person.code, person.live.expires_at

    kit.clock.forward(minutes=8)
    person.send(method="call")

    assert (person.code, person.live.expires_at) == (code, life)


def test_later_the_counter_moves_on_once_and_then_a_new_challenge_begins(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(**OFTEN)
    person = Asking(kit)
    ids, codes = [person.send().id], [person.code]

    for _ in range(2):
        kit.clock.forward(minutes=8, seconds=1)
        ids.append(person.send().id)
        codes.append(person.code)

    assert ids[0] == ids[1] != ids[2]
    assert len(set(codes)) == 3
    assert person.live.expires_at == kit.clock.now + timedelta(minutes=10)
    assert [person.outcome(code) for code in codes] == [CodeWrong, CodeWrong, ChallengeView]


def test_a_resend_never_gives_tries_back(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(**OFTEN)
    person = Asking(kit)
    left = []

    for wait in (30, 60, 120, 300, 300):  # the last of these codes is a new one
        person.send()
        with pytest.raises(CodeWrong) as refused:
            person.check(person.wrong)
        left.append(refused.value.left)
        kit.clock.forward(seconds=wait)

    assert left == [4, 3, 2, 1, 0]


def test_the_tries_left_go_with_a_change_of_number_to_and_fro(kit: Kit) -> None:
    person = Asking(kit)
    first = person.send(0)
    person.outcome(person.wrong)

    person.send(1)
    assert (person.live.tries_left, person.live.number) == (4, OTHER_MOBILE)
    person.outcome(person.wrong)
    person.send(0)

    assert (person.live.tries_left, person.live.number) == (3, MOBILE)
    assert person.live.id != first.id


def test_five_tries_and_not_even_the_right_code_after_that(make_kit: Callable[..., Kit]) -> None:
    person = Asking(make_kit(**OFTEN))
    person.send()

    assert [person.outcome(person.wrong) for _ in range(5)] == [CodeWrong] * 5
    assert person.outcome(person.code) is NoTriesLeft


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "abcdef", "12 34 5", "１２３４５"])
def test_what_is_no_code_costs_no_try(kit: Kit, typed: str) -> None:
    person = Asking(kit)
    person.send()

    assert person.outcome(typed) is CodeUnreadable
    assert person.live.tries_left == 5


def test_a_code_lives_ten_minutes_and_works_once(kit: Kit) -> None:
    first, second = Asking(kit), Asking(kit, kit.account(BOB, numbers=(MOBILE,)))
    first.send()
    second.send()
    code, late = first.code, second.code

    kit.clock.forward(minutes=9, seconds=59)
    assert [first.outcome(code), first.outcome(code)] == [ChallengeView, NoCode]
    kit.clock.forward(seconds=1)
    assert second.outcome(late) is CodeExpired
    assert Asking(kit, second.account).outcome("123456") is NoCode


def test_of_two_who_end_a_challenge_the_first_one_did(kit: Kit) -> None:
    challenge = Asking(kit).send()

    with kit.core.database.writing() as work:
        assert challenges.end(work, challenge, "used")
    with kit.core.database.writing() as work:
        assert not challenges.end(work, challenge, "cancelled")
        assert work.db.get_one(Challenge, challenge.id).outcome == "used"


def test_the_waits_between_two_sends_grow(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(**OFTEN, TRUSTWEB_CODE_LIFE="600")
    person = Asking(kit)

    for wait in (30, 60, 120, 300, 300):
        person.send()
        kit.clock.forward(seconds=wait - 1)
        with pytest.raises(TooSoon) as refused:
            person.send()
        assert refused.value.again_at == kit.clock.now + timedelta(seconds=1)
        kit.clock.forward(seconds=1)


def test_a_twin_of_a_form_sends_nothing(kit: Kit) -> None:
    person = Asking(kit)
    person.send(seen="")
    assert person.send(seen="").sends == 1
    kit.clock.forward(seconds=30)

    seen = challenges.state_token(person.live)
    assert [person.send(seen=seen).sends for _ in range(3)] == [2, 2, 2]

    assert len(kit.messages(MOBILE)) == 2


def in_scripts(digit: str) -> list[str]:
    return [c for c in map(chr, range(0x10000)) if c.isdecimal() and unicodedata.digit(c) == int(digit)]


SCRIPTS = {digit: in_scripts(digit) for digit in "0123456789"}
BETWEEN = st.text(st.sampled_from(" \t\u00a0\u2009\u3000-\u2010\u2011\u2013\u2014.\u200e\u200b"), max_size=3)


@given(st.data(), st.text("0123456789", min_size=6, max_size=6))
def test_blanks_dashes_and_other_scripts_are_understood(data: st.DataObject, code: str) -> None:
    typed = [data.draw(BETWEEN) + data.draw(st.sampled_from(SCRIPTS[digit])) for digit in code]

    assert one_time_code.read("".join(typed) + data.draw(BETWEEN)) == code


@given(st.text("0123456789 -", max_size=12))
@example("000000-0-0-0")
@example("0-0-0 123456")
def test_other_lengths_are_no_code(text: str) -> None:
    if sum(c.isdigit() for c in text) != 6:
        with pytest.raises(CodeUnreadable):
            one_time_code.read(text)


def test_the_secret_opens_with_the_ring_and_for_its_own_use_only(kit: Kit) -> None:
    person = Asking(kit)
    person.send()
    other = keys.parse("other:" + "A" * 43 + "=")

    for ring in (other, keys.parse(f"{kit.core.keys.newest}:" + "A" * 43 + "=")):
        with pytest.raises(ValueError, match=r"ring|another"):
            one_time_code.derive(person.live, ring)
    with pytest.raises(ValueError, match="another"):
        kit.core.keys.open("something else", person.live.secret)


def test_no_code_is_in_the_database(kit: Kit) -> None:
    person = Asking(kit)
    for which in (0, 1):
        person.send(which)
        code = kit.code(person.numbers[which].number)
        text = kit.database_text()

        assert code == person.code
        assert not says(text, code)
        assert ", ".join(code) not in text
    assert person.outcome(code) is ChallengeView
    assert not says(kit.database_text(), code)
