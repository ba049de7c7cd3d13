"""A change asks for a new proof after ten minutes, and is done once that is given."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.step_up import prove_by_text, with_old_proof
from tests.support.trusted_numbers import MASKED_MOBILE, MASKED_OTHER, add_number, verify_number
from trustweb.models import SignInSession


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def htmx(request: pytest.FixtureRequest) -> bool:
    return request.param


def kept(kit: Kit) -> list:
    with kit.core.database.reading() as work:
        return [act for act in work.db.scalars(select(SignInSession.kept_act)) if act]


def test_adding_goes_on_after_the_proof(kit: Kit, htmx: bool) -> None:
    visitor = with_old_proof(kit, "Add a Trusted Phone Number", htmx=htmx)
    visitor.submit("Continue", country="GB", phone_number="020 7031 3000", label="Home", verify_with="call")
    assert kit.messages(FIXED) == []

    prove_by_text(kit, visitor)
    assert "We are calling +44 20 7031 3000 and say the code three times." in visitor.text
    verify_number(visitor, kit.code(FIXED))

    assert "Home +44 •• •••• ••00" in visitor.text


def test_removing_goes_on_after_the_proof(kit: Kit, htmx: bool) -> None:
    visitor = with_old_proof(kit, f"Remove {MASKED_OTHER}", htmx=htmx).submit("Remove")
    assert MASKED_OTHER in visitor.text

    prove_by_text(kit, visitor)

    assert "The number is removed." in visitor.text
    assert f"Remove {MASKED_OTHER}" not in visitor.body


def test_a_change_goes_on_after_the_proof(kit: Kit, htmx: bool) -> None:
    visitor = with_old_proof(kit, f"Change {MASKED_MOBILE}", htmx=htmx).submit(
        "Save", label="My phone", how_codes_come="call"
    )

    prove_by_text(kit, visitor)

    assert "The change is saved." in visitor.text
    assert "My phone +44 •••• ••••56 · phone call" in visitor.text


def test_a_resend_goes_on_after_the_proof(kit: Kit, htmx: bool) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = add_number(kit.signed_in(htmx=htmx))
    kit.deliver()
    kit.clock.forward(minutes=11)
    visitor.submit("Send a new code")

    prove_by_text(kit, visitor)

    assert "A text message with a code is on its way to +49 1512 3456789." in visitor.text
    assert len(kit.messages(OTHER_MOBILE)) == 2


def test_a_code_asked_for_in_time_needs_no_new_proof(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    kit.clock.forward(minutes=9)
    add_number(visitor)
    kit.clock.forward(minutes=9)

    verify_number(visitor, kit.code(OTHER_MOBILE))

    assert "The number is verified and in your list." in visitor.text


def test_within_ten_minutes_nothing_is_asked(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, OTHER_MOBILE))
    visitor = kit.signed_in()
    kit.clock.forward(minutes=9, seconds=59)

    visitor.get("/security/numbers").submit(f"Remove {MASKED_OTHER}").submit("Remove")

    assert "The number is removed." in visitor.text


def test_a_page_that_asks_first_is_opened_after_the_proof(kit: Kit, htmx: bool) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in(htmx=htmx).get("/security/numbers")
    kit.clock.forward(minutes=11)
    visitor.submit("Add a Trusted Phone Number")

    prove_by_text(kit, visitor)

    assert visitor.path == "/security/numbers/add"


def test_a_mistyped_number_is_still_there_after_the_proof(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    kit.clock.forward(minutes=9)
    add_number(visitor)
    kit.clock.forward(minutes=2)

    prove_by_text(kit, visitor.submit("Wrong number?"))

    assert visitor.value("Phone Number") == "01512 3456789"


def test_what_is_kept_holds_no_secret(kit: Kit) -> None:
    visitor = with_old_proof(kit, "Add a Trusted Phone Number")
    visitor.submit("Continue", country="GB", phone_number="020 7031 3000", verify_with="call")

    (act,) = kept(kit)
    assert "csrf_token" not in str(act)
    visitor.get("/security/password")
    visitor.post("/security/password", current_password=PASSWORD, new_password="a much better one")

    assert "a much better one" not in kit.database_text()
    assert PASSWORD not in kit.database_text()


def test_cancel_forgets_what_was_kept(kit: Kit) -> None:
    visitor = with_old_proof(kit, f"Remove {MASKED_OTHER}").submit("Remove")

    visitor.submit("Cancel")
    assert kept(kit) == []
    prove_by_text(kit, visitor.get("/verify"))

    assert MASKED_OTHER in visitor.get("/security").text


def test_what_was_kept_is_done_once(kit: Kit) -> None:
    visitor = prove_by_text(
        kit, with_old_proof(kit, f"Change {MASKED_MOBILE}").submit("Save", label="Once", how_codes_come="text")
    )
    assert kept(kit) == []
    visitor.get("/security/numbers").submit(f"Change {MASKED_MOBILE}").submit(
        "Save", label="Later", how_codes_come="text"
    )

    prove_by_text(kit, visitor.get("/verify"), MASKED_OTHER, sent_to=OTHER_MOBILE)

    assert "Later" in visitor.get("/security").text
