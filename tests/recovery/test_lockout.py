"""“What if I lose…?”: the verdict alone, without pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustweb.models import AUTHENTICATOR_APP as APP
from trustweb.models import BACKUP_CODES, MAIL_ADDRESS, PASSKEY, RECOVERY_KEY
from trustweb.models import TRUSTED_DEVICE as DEVICE
from trustweb.models import TRUSTED_NUMBER as NUMBER
from trustweb.recovery import lockout
from trustweb.recovery.lockout import (
    IN,
    OPERATOR,
    PASSWORD,
    RESET,
    WAIT,
    Rules,
    Thing,
)

WORDS = Thing("words", PASSWORD)
PHONE = Thing("phone", NUMBER)
MOTHERS = Thing("mothers", NUMBER)
TOTP = Thing("totp", APP)
KEY_RING = Thing("ring", PASSKEY)
FINGER = Thing("finger", PASSKEY, alone=True)
LAPTOP = Thing("laptop", DEVICE)
PAPER = Thing("paper", BACKUP_CODES)
KEY = Thing("key", RECOVERY_KEY)
MAIL = Thing("mail", MAIL_ADDRESS)
EVERYTHING = (WORDS, PHONE, MOTHERS, TOTP, KEY_RING, FINGER, LAPTOP, PAPER, KEY, MAIL)


@pytest.mark.parametrize(
    ("things", "lost", "outcome"),
    [
        ((WORDS, PHONE), (), IN),
        ((WORDS, PHONE), ("phone",), OPERATOR),
        ((WORDS, PHONE, MAIL), ("phone",), WAIT),
        ((WORDS, PHONE, MAIL, KEY), ("phone",), IN),
        ((WORDS, PHONE, MAIL, KEY), ("phone", "key"), OPERATOR),
        ((WORDS, PHONE), ("words",), OPERATOR),
        ((WORDS, PHONE, MAIL), ("words",), RESET),
        ((WORDS, PHONE, MAIL), ("words", "phone"), OPERATOR),
        ((WORDS, LAPTOP, MAIL), ("words",), OPERATOR),
        ((WORDS, LAPTOP), (), IN),
        ((WORDS, PHONE, KEY), ("words",), RESET),
        ((WORDS, PHONE, KEY), ("words", "phone"), OPERATOR),
        ((WORDS, PHONE, KEY, MAIL), ("words", "phone"), RESET),
        ((WORDS, FINGER), ("words",), IN),
        ((WORDS, KEY_RING), ("words",), OPERATOR),
        ((WORDS, PAPER), (), IN),
    ],
)
def test_what_still_works(things: tuple[Thing, ...], lost: tuple[str, ...], outcome: str) -> None:
    assert lockout.verdict(things, lost, Rules()).outcome == outcome


def test_without_mail_the_mailbox_opens_nothing() -> None:
    rules = Rules(mail=False)

    assert lockout.verdict((WORDS, PHONE, MAIL), ("words",), rules).outcome == OPERATOR
    assert lockout.verdict((WORDS, PHONE, MAIL), ("phone",), rules).outcome == OPERATOR


def test_a_password_that_came_from_the_mailbox_is_no_second_proof() -> None:
    assert lockout.verdict((WORDS, PHONE, MAIL), ("phone",), Rules(own_password=False)).outcome == OPERATOR


def test_with_two_factor_off_the_password_is_enough() -> None:
    off = Rules(two_factor=False)

    assert lockout.verdict((WORDS,), (), off).outcome == IN
    assert lockout.verdict((WORDS, MAIL), ("words",), off).outcome == RESET


def test_what_is_on_one_device_is_lost_together() -> None:
    on_it = [Thing("phone", NUMBER, kept_on="My phone"), Thing("totp", APP, kept_on="My phone"), PAPER]

    assert lockout.with_shared_devices(on_it, ["totp"]) == {"phone", "totp"}
    assert lockout.with_shared_devices(on_it, ["paper"]) == {"paper"}
    losses = lockout.single_losses([WORDS, *on_it], Rules())
    assert losses["phone"].ways == losses["totp"].ways == (PAPER,)


@pytest.mark.parametrize(
    ("things", "lost", "mail", "kind"),
    [
        ((WORDS, PHONE), ("phone",), True, BACKUP_CODES),
        ((WORDS, PHONE), ("words",), True, MAIL_ADDRESS),
        ((WORDS, PHONE), ("words",), False, PASSKEY),
        ((WORDS, PHONE, MAIL), ("words", "mail"), True, PASSKEY),
        ((WORDS, PHONE, MOTHERS), ("phone",), True, None),
    ],
)
def test_the_cheapest_step(things: tuple[Thing, ...], lost: tuple[str, ...], mail: bool, kind: str | None) -> None:
    assert lockout.advice(things, lost, Rules(mail=mail)) == kind


THINGS = st.sets(st.sampled_from(EVERYTHING)).map(tuple)
LOSSES = st.sets(st.sampled_from([each.id for each in EVERYTHING]))
RULES = st.builds(Rules, st.booleans(), st.booleans(), st.booleans())


@given(THINGS, LOSSES, st.sampled_from(EVERYTHING), RULES)
def test_losing_more_never_helps(things: tuple[Thing, ...], lost: set[str], more: Thing, rules: Rules) -> None:
    before, after = (lockout.verdict(things, each, rules) for each in (lost, lost | {more.id}))

    assert not after.is_better_than(before)


@given(THINGS, LOSSES, st.sampled_from([each for each in EVERYTHING if each is not KEY]), RULES)
def test_having_more_never_harms(things: tuple[Thing, ...], lost: set[str], more: Thing, rules: Rules) -> None:
    before, after = (lockout.verdict(each, lost, rules) for each in (things, (*things, more)))

    assert not before.is_better_than(after)


@given(THINGS, LOSSES, RULES)
def test_the_advice_mends(things: tuple[Thing, ...], lost: set[str], rules: Rules) -> None:
    kind = lockout.advice(things, lost, rules)
    if kind is not None:
        added = Thing("new", kind, alone=kind == PASSKEY)
        assert lockout.verdict((*things, added), lost, rules).outcome in (IN, RESET)
        assert lockout.verdict(things, lost, rules).outcome not in (IN, RESET)
