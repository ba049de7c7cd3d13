"""App-specific passwords on the Security page: made, shown once, listed, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from tests.support.http_client import Visitor
from tests.support.kit import BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.programs import app_password_on, make_on_page
from trustweb.models import AppPassword, SignInSession

GENERATE = "Generate an App-Specific Password"


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=request.param)


def rows(kit: Kit) -> list[AppPassword]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(AppPassword).order_by(AppPassword.id)))


def end_proofs(kit: Kit) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(SignInSession).values(step_up_until=work.now))


def test_one_is_made_and_shown_in_groups(kit: Kit, alice: Visitor) -> None:
    alice.get("/security")
    assert "Programs for mail or a calendar often cannot ask for a code." in alice.text

    alice.submit(GENERATE).submit("Create", name="Thunderbird", service="calendar")

    assert app_password_on(alice) in alice.text
    assert "The user name is alice@example.com." in alice.text
    assert alice.status == 200
    assert alice.answer.headers["Cache-Control"] == "no-store"


def test_it_is_shown_once(kit: Kit, alice: Visitor) -> None:
    alice.get("/security/app-passwords/new")
    reload = alice.tab()
    secret = app_password_on(alice.submit("Create", name="Thunderbird", service="mail"))
    kit.clock.forward(seconds=11)

    reload.submit("Create", name="Thunderbird", service="mail")

    assert "A new password is shown once, and cannot be shown again." in reload.text
    assert secret not in reload.body + alice.get("/security/app-passwords").body
    assert len(rows(kit)) == 1


def test_htmx_leaves_an_address_that_shows_nothing_twice(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    alice = kit.signed_in(htmx=True)

    secret = make_on_page(alice)

    assert alice.url.endswith("/security/app-passwords?said=app-password-shown")
    assert secret not in alice.get(alice.url).body


def test_both_clicks_of_a_double_click_show_the_same(kit: Kit, alice: Visitor) -> None:
    alice.get("/security/app-passwords/new")
    click = alice.tab()

    first = app_password_on(alice.submit("Create", name="Thunderbird", service="mail"))
    kit.clock.forward(seconds=2)
    second = app_password_on(click.submit("Create", name="Thunderbird", service="mail"))

    assert first == second
    assert len(rows(kit)) == 1


def test_two_forms_make_two(kit: Kit, alice: Visitor) -> None:
    assert make_on_page(alice) != make_on_page(alice)

    assert len({each.handle for each in rows(kit)}) == 2


def test_the_list_says_what_each_is_for_and_when_it_was_used(kit: Kit, alice: Visitor) -> None:
    make_on_page(alice, "<b>Tablet</b>", "calendar")

    alice.get("/security/app-passwords")

    assert "<b>Tablet</b> Calendar · made on March 12, 2026 · not used yet" in alice.text
    assert "You have 1 app-specific password." in alice.get("/security").text


def test_one_is_revoked(kit: Kit, alice: Visitor) -> None:
    make_on_page(alice, "Tablet")
    make_on_page(alice, "Laptop")

    alice.get("/security/app-passwords").submit("Revoke Tablet").submit("Revoke")

    assert "The password is revoked. The program that had it cannot get in any more." in alice.text
    assert "Tablet" not in alice.text
    assert [bool(each.revoked_at) for each in rows(kit)] == [True, False]


def test_all_are_revoked(kit: Kit, alice: Visitor) -> None:
    make_on_page(alice, "Tablet")
    make_on_page(alice, "Laptop")

    alice.get("/security/app-passwords").submit("Revoke all app-specific passwords").submit("Revoke All")

    assert "All are revoked. No program can get in until you give it a new one." in alice.text
    assert all(each.revoked_at for each in rows(kit))


def test_making_one_needs_a_fresh_proof_and_revoking_does_not(kit: Kit, alice: Visitor) -> None:
    make_on_page(alice, "Tablet")
    end_proofs(kit)

    alice.get("/security/app-passwords").submit("Revoke Tablet").submit("Revoke")
    assert rows(kit)[0].revoked_at
    alice.submit(GENERATE)

    assert alice.path == "/verify"


def test_after_the_proof_the_form_is_there(kit: Kit, alice: Visitor) -> None:
    end_proofs(kit)
    alice.get("/security").submit(GENERATE)
    alice.submit("Text me at +44 •••• ••••56")

    alice.submit("Continue", verification_code=kit.code())
    alice.submit("Create", name="Tablet", service="mail")

    assert app_password_on(alice)


def test_a_proof_that_runs_out_over_the_form_makes_nothing(kit: Kit, alice: Visitor) -> None:
    alice.get("/security/app-passwords/new")
    end_proofs(kit)

    alice.submit("Create", name="Tablet", service="mail")

    assert alice.path == "/verify"
    assert rows(kit) == []


@pytest.mark.parametrize("name", ["", "  ", "\u200e"])
def test_a_name_is_needed(kit: Kit, alice: Visitor, name: str) -> None:
    alice.get("/security/app-passwords/new").submit("Create", name=name, service="calendar")

    assert alice.status == 422
    assert "Please give it a name, so that you know later which program it is for." in alice.text
    assert alice.value("Service") == "Calendar"
    assert rows(kit) == []


def test_a_service_that_is_not_there_makes_nothing(kit: Kit, alice: Visitor) -> None:
    alice.get("/security/app-passwords/new").post("/security/app-passwords/new", name="x", service="door", once="y")

    assert alice.status == 404
    assert rows(kit) == []


def test_the_services_are_the_operators(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_SERVICES="contacts, print-er")
    kit.account(numbers=(MOBILE,))

    visitor = kit.signed_in().get("/security/app-passwords/new")

    assert re.findall(r'<option value="(.+?)">(.+?)<', visitor.body) == [("contacts", "Contacts"), ("print-er",) * 2]


def test_so_many_and_no_more(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_MAX_APP_PASSWORDS="2")
    kit.account(numbers=(MOBILE,))
    alice = kit.signed_in()
    late = alice.tab().get("/security/app-passwords/new")
    make_on_page(alice)
    make_on_page(alice)

    late.submit("Create", name="Third", service="mail")

    assert late.status == 422
    assert "You can have 2 app-specific passwords. Revoke one to make another one." in late.text
    assert "You can have 2" in alice.get("/security/app-passwords/new").text


def test_without_two_factor_there_are_none(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    kit.account()
    alice = kit.signed_in().get("/security")
    assert "They need two-factor authentication to be on." in alice.text
    assert GENERATE not in alice.buttons

    alice.get("/security/app-passwords/new")

    assert alice.status == 404


def test_another_accounts_is_as_unknown_as_a_random_one(kit: Kit, alice: Visitor) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    make_on_page(kit.signed_in(BOB, number=OTHER_MOBILE))
    theirs = rows(kit)[0].public_id

    statuses = [alice.get(f"/security/app-passwords/{each}/revoke").status for each in (theirs, "x" * 32)]
    alice.get("/security").post(f"/security/app-passwords/{theirs}/revoke")

    assert [*statuses, alice.status] == [404, 404, 404]
    assert rows(kit)[0].revoked_at is None
