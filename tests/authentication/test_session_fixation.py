"""A cookie that a thief has planted, or has copied on the way, opens nothing once its owner goes on; nor does a code
that was meant for something else."""

from __future__ import annotations

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, PASSWORD, Kit

SESSION = "trustweb"


def holding(kit: Kit, cookie: str | None) -> Visitor:
    """Another browser with this session's cookie."""
    visitor = kit.visitor()
    visitor._wire.client.set_cookie(SESSION, cookie or "", domain="localhost")  # type: ignore[union-attr]
    return visitor


def half_way(kit: Kit) -> Visitor:
    return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def test_one_that_was_planted_before_the_password(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    planted = kit.visitor().get("/sign-in").cookie(SESSION)
    victim = holding(kit, planted).get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert victim.path == "/sign-in/code"

    assert holding(kit, planted).get("/sign-in/code").path == "/sign-in"
    victim.submit("Continue", verification_code=kit.code())
    assert holding(kit, planted).get("/security").path == "/sign-in"


def test_one_that_was_copied_between_password_and_code(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    victim = half_way(kit)
    copied = victim.cookie(SESSION)
    assert holding(kit, copied).get("/sign-in/code").path == "/sign-in/code"

    victim.submit("Continue", verification_code=kit.code())

    for page in ("/security", "/sign-in/code", "/verify"):
        assert holding(kit, copied).get(page).path == "/sign-in"
    assert victim.get("/security").path == "/security"


def test_a_thief_s_own_half_open_session_does_not_become_the_victim_s(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    kit.account("eve@example.com", numbers=(FIXED,))
    eve = kit.visitor().get("/sign-in").submit("Sign In", account="eve@example.com", password=PASSWORD)
    planted = eve.cookie(SESSION)
    victim = holding(kit, planted).get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    victim.submit("Continue", verification_code=kit.code())

    assert ALICE in victim.get("/security").text
    assert ALICE not in holding(kit, planted).get("/security").text
    assert holding(kit, planted).get("/security").path == "/sign-in"


def test_a_code_of_one_purpose_is_none_for_another(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    kit.clock.forward(minutes=1)
    owner.get("/security/numbers/add")
    owner.submit("Continue", country="GB", phone_number="020 7031 3000", verify_with="call")
    adding = kit.code(FIXED)
    kit.clock.forward(minutes=2)
    other = half_way(kit)

    assert "That is not the code." in other.submit("Continue", verification_code=adding).text
    signing_in = kit.code()
    owner.get("/security/numbers/code").submit("verify", code=signing_in)
    assert "That is not the code." in owner.text
    proving = owner.tab().get("/verify").submit("Text me at +44 •••• ••••56")
    assert "That is not the code." in proving.submit("/verify", verification_code=signing_in).text
