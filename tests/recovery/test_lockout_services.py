"""“What if I lose…?” for services: which of them a loss leaves open, by rule and on the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import apps, authenticator
from tests.support.at_services import add, app, join, site
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from tests.support.losses import lose
from trustweb.authentication import proofs
from trustweb.models import AUTHENTICATOR_APP, BACKUP_CODES, MAIL_ADDRESS, PASSKEY, RECOVERY_KEY
from trustweb.models import TRUSTED_DEVICE as DEVICE
from trustweb.models import TRUSTED_NUMBER as NUMBER
from trustweb.recovery import lockout
from trustweb.recovery.kinds import KINDS
from trustweb.recovery.lockout import IN, OPERATOR, PASSWORD, RESET, WAIT, Rules, Thing, Verdict
from trustweb.services import policy

FINGER = Thing("finger", PASSKEY, alone=True)
LAPTOP, TABLET = Thing("laptop", DEVICE), Thing("tablet", DEVICE)
EVERYTHING = (
    Thing("words", PASSWORD), Thing("phone", NUMBER), Thing("totp", AUTHENTICATOR_APP), Thing("ring", PASSKEY), FINGER,
    LAPTOP, TABLET, Thing("paper", BACKUP_CODES), Thing("key", RECOVERY_KEY), Thing("mail", MAIL_ADDRESS),
)  # fmt: skip
NEEDS = st.sampled_from(policy.NEEDS)
WITHIN = st.sampled_from([None, 300])
THINGS = st.sets(st.sampled_from(EVERYTHING)).map(tuple)
LOST = st.sets(st.sampled_from([each.id for each in EVERYTHING]))
RULES = st.builds(Rules, st.booleans(), st.booleans(), st.booleans())


@pytest.mark.parametrize(
    ("ways", "needs", "within", "opens"),
    [
        ((), "password", None, True),
        ((), "password", 300, True),
        ((), "two-factor", None, False),
        ((LAPTOP,), "two-factor", None, True),
        ((LAPTOP,), "two-factor", 300, False),
        ((LAPTOP, TABLET), "two-factor", 300, True),
        ((LAPTOP, Thing("phone", NUMBER)), "two-factor", 300, True),
        ((Thing("phone", NUMBER),), "two-factor", 300, True),
        ((Thing("ring", PASSKEY), LAPTOP), "passkey", None, False),
        ((FINGER,), "passkey", 300, True),
    ],
)
def test_what_opens_what(ways: tuple[Thing, ...], needs: str, within: int | None, opens: bool) -> None:
    assert lockout.opens(Verdict(IN, ways), needs, within) == opens
    assert lockout.opens(Verdict(RESET, ways), needs, within) == opens


@pytest.mark.parametrize("needs", policy.NEEDS)
@pytest.mark.parametrize("kind", [each for each in KINDS if KINDS[each].second_factor])
def test_each_kind_opens_what_a_session_that_it_proved_does(kind: str, needs: str) -> None:
    level = proofs.WAYS[kind].level

    assert lockout.opens(Verdict(IN, (Thing("it", kind),)), needs, None) == policy.is_enough(level, needs)
    assert lockout.opens(Verdict(IN, (FINGER,)), needs, 300)


@given(THINGS, NEEDS, WITHIN, st.sampled_from([WAIT, OPERATOR]))
def test_who_does_not_get_in_opens_nothing(ways: tuple[Thing, ...], needs: str, within: int | None, out: str) -> None:
    assert not lockout.opens(Verdict(out, ways), needs, within)


@given(THINGS, LOST, st.sampled_from(EVERYTHING), RULES, NEEDS, WITHIN)
def test_losing_more_opens_nothing(
    things: tuple[Thing, ...], lost: set[str], more: Thing, rules: Rules, needs: str, within: int | None
) -> None:
    before, now = (lockout.verdict(things, each, rules) for each in (lost, lost | {more.id}))

    assert lockout.opens(before, needs, within) or not lockout.opens(now, needs, within)


@given(THINGS, LOST, RULES, WITHIN)
def test_what_opens_the_stricter_service_opens_the_milder_one(
    things: tuple[Thing, ...], lost: set[str], rules: Rules, within: int | None
) -> None:
    verdict = lockout.verdict(things, lost, rules)
    answers = [lockout.opens(verdict, needs, within) for needs in policy.NEEDS]

    assert answers == sorted(answers, reverse=True)
    assert all(lockout.opens(verdict, each, None) or not lockout.opens(verdict, each, 300) for each in policy.NEEDS)


@given(THINGS, LOST, RULES)
def test_with_two_factor_on_whoever_gets_in_has_two_factors(
    things: tuple[Thing, ...], lost: set[str], rules: Rules
) -> None:
    verdict = lockout.verdict(things, lost, rules)

    if rules.two_factor and verdict.outcome in (IN, RESET):
        assert lockout.opens(verdict, proofs.TWO_FACTOR, None)


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def owner(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    """Somebody with a number and an app, and an account in the group of the family."""
    account = kit.account(numbers=(MOBILE,))
    apps.give(kit, account)
    with kit.core.database.writing() as work:
        join(work, account.id, "family")
        add(work, "photos", title="Photos", groups=["family"], **app("photos"))
        add(work, "wiki", title="Wiki", needs="passkey", **site("wiki"))
        add(work, "board", title="Board", groups=["board"], **site("board"))
    visitor = kit.signed_in()
    visitor.htmx = request.param
    return visitor


def test_without_the_phone_one_opens_and_another_does_not(owner: Visitor) -> None:
    authenticator.add(owner)

    lose(owner, "Passkey")

    assert "You still get into: Photos" in owner.text
    assert "You do not get into: Wiki · it wants a passkey" in owner.text


def test_another_group_s_services_and_those_that_never_opened_are_not_named(owner: Visitor) -> None:
    lose(owner, "••56")

    assert "You still get into: Photos" in owner.text
    assert "Wiki" not in owner.text
    assert "Board" not in owner.text


def test_whoever_is_locked_out_reads_that_alone(owner: Visitor) -> None:
    lose(owner, "••56", "Authenticator app")

    assert "You would be locked out." in owner.text
    assert "Photos" not in owner.text


def test_of_many_services_a_handful_is_named(kit: Kit, owner: Visitor) -> None:
    with kit.core.database.writing() as work:
        for number in range(6):
            add(work, f"a{number}", title=f"<b>{number}</b>", **site(f"a{number}"))

    lose(owner, "••56")

    assert "You still get into: <b>0</b> · <b>1</b> · <b>2</b> · <b>3</b> · <b>4</b> · 2 more" in owner.text


def test_without_services_nothing_is_said_of_them(kit: Kit) -> None:
    apps.give(kit, kit.account(numbers=(MOBILE,)))

    assert "get into" not in lose(kit.signed_in(), "••56").text
