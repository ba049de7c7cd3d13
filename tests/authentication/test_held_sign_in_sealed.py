"""The outcome of a delayed sign-in: encrypted, usable once, and only in the browser that asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, FIXED, MOBILE, PASSWORD, Kit
from tests.support.scenes import held
from tests.support.sign_in import WRONG_PASSWORD, enter_password, guess_passwords
from trustweb.authentication.held_sign_in import Held
from trustweb.codes.limits import Network


def test_sealed_outcomes_have_one_length(kit: Kit) -> None:
    plain = Held(ALICE, "a" * 32, kit.clock.now, "b" * 64, Network("c" * 32, "d" * 32), kit.clock.now)
    right = replace(plain, account_id=2**40, password_of=kit.clock.now - timedelta(days=400, microseconds=7))

    assert len(plain.seal(kit.core.keys)) == len(right.seal(kit.core.keys))


def test_the_longest_name_fits_into_a_cookie(kit: Kit) -> None:
    for _ in range(6):
        visitor = enter_password(kit, account="\U0001f469" * 254, password=WRONG_PASSWORD)

    assert visitor.path == "/sign-in/wait"


def copied(kit: Kit, visitor: Visitor) -> Visitor:
    """A browser that got a copy of the session cookie, and of nothing else."""
    other = kit.visitor()
    other._wire.client.set_cookie("trustweb", visitor.cookie("trustweb") or "", domain="localhost")
    return other.get("/sign-in/wait")


def test_an_outcome_is_of_use_in_its_own_browser_only(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))

    thief = copied(kit, held(kit)).submit("Continue")

    assert thief.status == 422
    assert kit.messages(MOBILE) == []


def test_an_outcome_is_said_once(kit: Kit) -> None:
    kit.account()
    visitor = held(kit)
    old = visitor.cookie("trustweb") or ""
    visitor.submit("Continue").submit("Sign out")
    visitor._wire.client.set_cookie("trustweb", old, domain="localhost")

    visitor.get("/sign-in/wait").submit("Continue")

    assert visitor.path == "/sign-in/wait"
    assert "That took too long, or the page was old. Please try again." in visitor.text


def test_a_page_of_another_tab_opens_nobody_else(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    kit.account(BOB, numbers=(FIXED,))
    visitor = held(kit)
    first = visitor.tab()
    guess_passwords(kit, 5, account=BOB)
    visitor.get("/sign-in").submit("Sign In", account=BOB, password=PASSWORD)
    kit.clock.forward(seconds=30)

    first.submit("Continue")

    assert first.path == "/sign-in/wait"
    assert BOB in first.text
    assert kit.messages(FIXED) == kit.messages(MOBILE) == []
