"""Proofs at a change: wrong codes, other sessions, passwords, and other people’s numbers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.http_client import Visitor
from tests.support.kit import BOB, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.sign_in import wrong_code
from tests.support.step_up import prove_by_text, with_old_proof
from tests.support.trusted_numbers import MASKED_MOBILE, MASKED_OTHER, add_number, verify_number
from trustweb.models import Factor


def public_id(kit: Kit, account_id: int) -> str:
    with kit.core.database.reading() as work:
        return work.db.scalars(select(Factor.public_id).where(Factor.account_id == account_id)).first() or ""


def test_a_proof_in_another_browser_opens_nothing_here(kit: Kit) -> None:
    visitor = with_old_proof(kit, f"Remove {MASKED_OTHER}").submit("Remove")

    elsewhere = kit.signed_in()
    visitor.get("/security/numbers").submit(f"Remove {MASKED_OTHER}").submit("Remove")

    assert visitor.path == "/verify"
    assert MASKED_OTHER in elsewhere.get("/security").text


def test_the_code_of_one_session_proves_no_other(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    first, second = kit.signed_in(), kit.signed_in()
    first.get("/verify").submit(f"Text me at {MASKED_MOBILE}")

    second.get("/verify").post("/verify", code=kit.code())

    assert second.status == 422
    assert "There is no code to wait for any more." in second.text


def test_wrong_codes_count_here_too(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().get("/verify").submit(f"Text me at {MASKED_MOBILE}")

    visitor.submit("/verify", verification_code=wrong_code(kit.code()))

    assert visitor.status == 422
    assert "That is not the code. You have 4 tries left." in visitor.text


def test_looking_at_the_proofs_page_sends_nothing(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()

    for path in ("/verify", "/verify/send", "/verify/password", "/verify/status"):
        visitor.get(path)

    assert len(kit.messages(MOBILE)) == 1


def test_a_proof_by_a_new_number_removes_no_older_one(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, FIXED))
    visitor = add_number(kit.signed_in())
    verify_number(visitor, kit.code(OTHER_MOBILE))
    kit.clock.forward(minutes=11)
    visitor.get("/security/numbers").submit("Remove +44 •• •••• ••00").submit("Remove")

    prove_by_text(kit, visitor, MASKED_OTHER, sent_to=OTHER_MOBILE)

    assert "This cannot be removed yet." in visitor.text


def test_with_two_factor_off_the_password_is_the_proof(kit: Kit) -> None:
    kit.account()
    visitor = kit.signed_in()
    kit.clock.forward(minutes=11)
    visitor.get("/security/numbers/add")
    visitor.submit("Continue", password="not the password")
    assert "The account or the password is not right." in visitor.text

    visitor.submit("Continue", password=PASSWORD)

    assert visitor.path == "/security/numbers/add"


def test_with_two_factor_on_the_password_is_no_proof(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    kit.clock.forward(minutes=11)

    visitor.get("/verify").post("/verify/password", password=PASSWORD)

    assert visitor.status == 422
    assert visitor.get("/security/numbers/add").path == "/verify"


@pytest.fixture
def two(kit: Kit) -> tuple[Kit, Visitor, str]:
    """Alice, signed in, and the id of Bob's number."""
    kit.account(numbers=(MOBILE,))
    bob = kit.account(BOB, numbers=(OTHER_MOBILE,))
    return kit, kit.signed_in().get("/security/numbers"), public_id(kit, bob.id)


def test_anothers_number_is_as_unknown_as_a_random_one(two: tuple[Kit, Visitor, str]) -> None:
    kit, alice, bobs = two
    before = kit.database_text()

    for act in ("remove", "change"):
        for each in (bobs, "AAAAAAAAAAAA"):
            path, fields = f"/security/numbers/{each}/{act}", {"label": "Eve's", "method": "call"}
            answers = (alice.tab().get(path), alice.tab().post(path, **fields))
            assert [answer.status for answer in answers] == [404, 404]
            assert "There is nothing here" in answers[0].text
            assert answers[0].text == answers[1].text
    assert kit.database_text() == before


def test_no_code_is_sent_to_anothers_number(two: tuple[Kit, Visitor, str]) -> None:
    kit, alice, bobs = two

    alice.get("/verify").post("/verify/send", number=bobs, method="text", seen="")

    assert alice.status == 404
    assert kit.messages(OTHER_MOBILE) == []


def test_a_page_of_alice_does_nothing_to_bob_who_signed_in_after_her(two: tuple[Kit, Visitor, str]) -> None:
    kit, alice, _ = two
    alice.get("/security/numbers/add")
    kit.clock.forward(hours=2)
    bob = alice.tab()
    bob.get("/sign-in").submit("Sign In", account=BOB, password=PASSWORD)
    bob.submit("/sign-in/code", verification_code=kit.code(OTHER_MOBILE))

    alice.submit("Continue", country="GB", phone_number="020 7031 3000", verify_with="call")

    assert kit.messages(FIXED) == []
    assert bob.get("/security").path == "/security"
