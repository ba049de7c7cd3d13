"""“What if I lose…?” against what happens: random accounts lose random factors."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.belongings import Has, Owner, owner_of
from tests.support.kit import Kit
from trustweb.factors import enrolled
from trustweb.models import MAIL_ADDRESS, RECOVERY_KEY
from trustweb.recovery import lockout
from trustweb.recovery.lockout import IN, OPERATOR, PASSWORD, RESET, WAIT, Rules, Thing

FLAG, AGE = st.booleans(), st.sampled_from(["", "old", "old", "new"])
EVERYTHING = Has(2, True, True, True, True, "old", True, "old")
ACCOUNTS = st.builds(Has, st.integers(0, 2), FLAG, FLAG, FLAG, FLAG, AGE, FLAG, AGE, FLAG)
Happened = tuple[str, set[str], str]
"""The outcome, what signed in, and what brought the new password."""


@pytest.fixture(scope="module")
def one_kit(template, tmp_path_factory) -> Kit:
    return Kit(template, tmp_path_factory.mktemp("agrees") / "instance", TRUSTWEB_RECOVERY_WAIT="86400")


def said(owner: Owner, has: Has, lost: Collection[str]) -> tuple[list[Thing], Happened]:
    with owner.kit.core.database.reading() as work:
        mine = enrolled.of(work, owner.account.id)
    things = lockout.things_of(mine, owner.kit.core.routes.methods, owner.kit.clock.now)
    verdict = lockout.verdict(things, lost, Rules(own_password=not has.by_mail))
    return things, (verdict.outcome, {each.id for each in verdict.ways}, verdict.by.kind if verdict.by else "")


def signs_in(owner: Owner, left: Collection[Thing], *, alone: bool = False) -> set[str]:
    """Return the factors that sign in; the key last, since it is used up."""
    held = [(each.id, owner.held[each.id]) for each in left if each.id in owner.held]
    try_it = owner.lets_in_alone if alone else owner.lets_in
    return {name for name, secret in sorted(held, key=lambda pair: is_key(pair[1])) if try_it(secret)}


def is_key(secret: object) -> bool:
    return isinstance(secret, list) and secret[0] == "key"


def happens(owner: Owner, left: Collection[Thing]) -> Happened:
    """Return the best way that is left, the factors that sign in then, and the one that is used up for it."""
    kinds = {each.kind for each in left}
    if ways := signs_in(owner, left, alone=PASSWORD not in kinds):
        return IN, ways, ""
    if PASSWORD in kinds:
        return (WAIT if MAIL_ADDRESS in kinds and owner.wait() else OPERATOR), set(), ""
    if MAIL_ADDRESS in kinds and owner.reset_by_mail() and (ways := signs_in(owner, left)):
        return RESET, ways, MAIL_ADDRESS
    for each in left:
        if each.kind == RECOVERY_KEY:
            others = [other for other in left if other is not each]
            if owner.reset_by_key(owner.held[each.id][1]) and (ways := signs_in(owner, others)):
                return RESET, ways, RECOVERY_KEY
    return OPERATOR, set(), ""


@pytest.mark.slow
@settings(max_examples=30, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACCOUNTS, st.sets(st.integers(0, 10)))
@example(EVERYTHING, set())
@example(EVERYTHING, {0})
@example(Has(1, mailbox="old"), {1})
@example(Has(1, mailbox="old"), {0})
@example(Has(1, mailbox="new"), {0})
@example(Has(1, mailbox="old", by_mail=True), {1})
@example(Has(device=True, mailbox="old"), {0})
@example(Has(1, key="old"), {0})
@example(Has(1, key="new"), {0})
@example(Has(0, key="old"), {0})
@example(Has(0, key="old", mailbox="old"), {0})
@example(Has(1, key="old", mailbox="old"), {1, 2})
@example(Has(0, passkey="old"), {0})
def test_the_verdict_is_what_happens(one_kit: Kit, has: Has, lost_at: set[int]) -> None:
    one_kit.renew()
    owner = owner_of(one_kit, has)
    things, _ = said(owner, has, ())
    lost = {each.id for at, each in enumerate(order(things)) if at in lost_at}

    _, expected = said(owner, has, lost)
    assert happens(owner, [each for each in things if each.id not in lost]) == expected


def order(things: list[Thing]) -> list[Thing]:
    """The password, the factors in the order of ``Has``, the mailbox."""
    return sorted(things, key=lambda each: (each.kind != PASSWORD, each.kind == MAIL_ADDRESS))
