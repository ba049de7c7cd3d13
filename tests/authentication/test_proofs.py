"""Each way in and each step-up: what the session stores of the proof, and what that is worth to a service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE, PASSWORD, Kit
from tests.support.scenes import held
from tests.support.ways_in import OTHERS, PROOFS, alice, newest_session, sign_in_by
from trustweb.authentication import proofs
from trustweb.authentication.proofs import PASSKEY, TWO_FACTOR
from trustweb.factors.kinds import KINDS
from trustweb.models import MAIL_ADDRESS, SessionView

MINUTE = timedelta(minutes=1)
NO_PROOF = (None, None, None, False)
WAYS = {
    # way: (minutes since the password, since the proof, its kind, its method, user verified), acr, amr
    "password": ((0, *NO_PROOF), "password", "pwd"),
    "invitation": ((0, *NO_PROOF), "password", "pwd"),
    "recovery link": ((0, *NO_PROOF), "password", "pwd"),
    "trusted browser": ((0, *NO_PROOF), "two-factor", "pwd mfa"),
    "text": ((1, 0, "trusted_number", "text", False), "two-factor", "pwd otp sms mfa"),
    "call": ((1, 0, "trusted_number", "call", False), "two-factor", "pwd otp tel mfa"),
    "device": ((1, 0, "trusted_device", None, False), "two-factor", "pwd otp mfa"),
    "app": ((1, 0, "authenticator_app", None, False), "two-factor", "pwd otp mfa"),
    "passkey": ((1, 0, "passkey", None, False), "two-factor", "pwd pop user mfa"),
    "found passkey": ((1, 0, "passkey", None, False), "two-factor", "pwd pop user mfa"),
    "verified passkey": ((1, 0, "passkey", None, True), "passkey", "pwd pop user mfa"),
    "passkey alone": ((None, 0, "passkey", None, True), "passkey", "pop user mfa"),
    "recovery key": ((1, 0, "recovery_key", None, False), "two-factor", "pwd otp mfa"),
    "backup code": ((1, 0, "backup_codes", None, False), "two-factor", "pwd otp mfa"),
}
STEP_UPS = [each for each in PROOFS if each != "recovery key"]  # which replaces a code at sign-in only


def stored(kit: Kit, session: SessionView) -> tuple[object, ...]:
    ago = [each and (kit.clock.now - each) // MINUTE for each in (session.password_at, session.proof_at)]
    return (*ago, session.proof_kind, session.proof_method, session.user_verified)


def worth(session: SessionView) -> tuple[str, str]:
    return proofs.acr(session), " ".join(proofs.amr(session))


@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_stores_its_proof(kit: Kit, way: str) -> None:
    if way in OTHERS:
        OTHERS[way](kit)
    else:
        sign_in_by(kit, way)

    session, (columns, *acr_and_amr) = newest_session(kit), WAYS[way]
    assert stored(kit, session) == columns
    assert worth(session) == tuple(acr_and_amr)
    assert proofs.auth_time(session) == kit.clock.now


def step_up(kit: Kit, visitor: Visitor, prove: Callable[[Visitor], Visitor]) -> SessionView:
    kit.clock.forward(minutes=11)
    prove(visitor.get("/verify"))
    assert visitor.path.startswith("/security"), visitor.text
    return newest_session(kit)


@pytest.mark.parametrize("proof", STEP_UPS)
def test_each_step_up_stores_its_proof_instead(kit: Kit, proof: str) -> None:
    kit.account(numbers=(MOBILE, FIXED))
    prove = PROOFS[proof](kit)
    visitor = kit.signed_in()

    session = step_up(kit, visitor, prove)

    (_, *columns), *acr_and_amr = WAYS[proof]
    assert stored(kit, session) == (11, *columns)
    assert worth(session) == tuple(acr_and_amr)
    assert proofs.auth_time(session) == kit.clock.now


def test_a_code_after_a_passkey_alone_leaves_two_factors_and_names_both(kit: Kit) -> None:
    visitor = OTHERS["passkey alone"](kit)
    assert proofs.meets(newest_session(kit), PASSKEY, None, kit.clock.now)

    session = step_up(kit, visitor, PROOFS["text"](kit))

    assert worth(session) == ("two-factor", "pop user otp sms mfa")
    assert not proofs.meets(session, PASSKEY, None, kit.clock.now)


def test_with_two_factor_off_a_step_up_by_password_is_no_more_than_a_password(kit: Kit) -> None:
    visitor = OTHERS["password"](kit)

    session = step_up(kit, visitor, lambda page: page.submit("Continue", password=PASSWORD))

    assert stored(kit, session) == (0, *NO_PROOF)
    assert worth(session) == ("password", "pwd")
    assert not proofs.meets(session, TWO_FACTOR, None, kit.clock.now)


def test_a_number_that_was_just_added_has_proved_nothing_of_this_session(kit: Kit) -> None:
    visitor = OTHERS["password"](kit)
    visitor.get("/security/numbers/add").submit("Continue", country="GB", phone_number="07400 123456")

    visitor.submit("/security/numbers/code", verification_code=kit.code())

    assert alice(kit).two_factor_since == kit.clock.now
    assert worth(newest_session(kit)) == ("password", "pwd")


def test_a_password_that_is_changed_was_typed_just_now(kit: Kit) -> None:
    visitor = sign_in_by(kit, "text")
    kit.clock.forward(minutes=5)
    new = f"{PASSWORD} staple"

    visitor.get("/security/password").submit("Change password", current_password=PASSWORD, new_password=new)

    session = newest_session(kit)
    assert stored(kit, session) == (0, 5, "trusted_number", "text", False)
    assert proofs.auth_time(session) == kit.clock.now


def test_a_password_that_turns_two_factor_off_was_typed_just_now(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    visitor = sign_in_by(kit, "text")
    kit.clock.forward(minutes=5)

    visitor.get("/security").follow("Turn it off").submit("Turn Off", password=PASSWORD)

    assert stored(kit, newest_session(kit)) == (0, 5, "trusted_number", "text", False)


def test_a_password_whose_answer_was_held_back_was_typed_before(kit: Kit) -> None:
    kit.account()

    held(kit).submit("Continue")

    session = newest_session(kit)
    assert kit.clock.now - proofs.auth_time(session) == timedelta(seconds=30)
    assert session.started_at == kit.clock.now


def test_every_kind_that_proves_something_is_worth_something() -> None:
    assert KINDS.keys() - proofs.WAYS.keys() == {MAIL_ADDRESS}
