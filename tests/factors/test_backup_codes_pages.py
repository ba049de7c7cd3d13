"""Backup codes' pages: shown once, used up one by one, replaced, removed."""

from __future__ import annotations

import re

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.paper import CODE, NEW_CODES, make_codes, secrets_on, use_paper
from tests.support.sign_in import enter_password
from trustweb.models import BackupCode, BackupCodes

UK = "+44 •••• ••••56"
LOW, GONE = "Few backup codes are left.", "All backup codes are used up."


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=request.param)


def test_there_are_ten_on_a_page_that_nobody_keeps(alice: Visitor) -> None:
    codes = make_codes(alice.get("/security").submit("Make Backup Codes"))

    assert len(set(codes)) == 10
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", each) for each in codes)
    assert (alice.status, alice.hops[-1].method) == (200, "POST")
    assert alice.answer.headers["Cache-Control"] == "no-store"


def test_they_can_be_saved_as_a_file_without_scripts(alice: Visitor) -> None:
    codes = make_codes(alice)

    (link,) = [each for each in alice.page.all("a") if "download" in each.attributes]
    assert link.get("href").startswith("data:text/plain")
    assert not [each for each in codes if each not in link.get("href")]


def test_the_card_says_how_many_are_left(kit: Kit, alice: Visitor) -> None:
    code, *_ = make_codes(alice)
    assert "The backup codes count from now on." in alice.submit("I have them on paper").text
    assert "10 codes left" in alice.text

    use_paper(enter_password(kit), CODE, code)

    assert "9 codes left" in alice.get("/security").text


def test_with_three_left_the_card_asks_for_new_ones(kit: Kit, alice: Visitor) -> None:
    codes = make_codes(alice)
    for code in codes[:6]:
        use_paper(enter_password(kit), CODE, code)
    assert LOW not in alice.get("/security").text

    use_paper(enter_password(kit), CODE, codes[6])
    assert LOW in alice.get("/security").text
    for code in codes[7:]:
        assert use_paper(enter_password(kit), CODE, code).path == "/security"

    assert GONE in alice.get("/security").text
    assert CODE not in enter_password(kit).buttons


def test_typed_as_people_type_it_is_understood(kit: Kit, alice: Visitor) -> None:
    code = make_codes(alice)[3].lower().replace("-", " ").replace("0", "o").replace("1", "i")

    assert use_paper(enter_password(kit), CODE, code).path == "/security"


def test_a_reload_shows_no_codes_and_makes_none(kit: Kit, alice: Visitor) -> None:
    form = alice.get(NEW_CODES).tab()
    codes = secrets_on(alice.submit(NEW_CODES))

    form.submit(NEW_CODES)

    assert "The codes were shown already, and they count." in form.text
    assert secrets_on(form) == []
    assert use_paper(enter_password(kit), CODE, codes[0]).path == "/security"


def test_new_ones_replace_the_old_ones_at_once(kit: Kit, alice: Visitor) -> None:
    old = make_codes(alice)
    alice.get("/security").submit("Make new backup codes")
    assert "The codes that you have now stop working at once." in alice.text

    new = secrets_on(alice.submit("Show new codes"))

    assert "That is none of your backup codes" in use_paper(enter_password(kit), CODE, old[0]).text
    assert use_paper(enter_password(kit), CODE, new[0]).path == "/security"


def test_removed_they_are_gone(kit: Kit, alice: Visitor) -> None:
    codes = make_codes(alice)
    waiting = enter_password(kit).submit(CODE)

    alice.get("/security").submit("Remove the backup codes").submit("Cancel")
    alice.submit("Remove the backup codes").submit("Remove")

    assert "The backup codes are removed." in alice.text
    assert "That is none of your backup codes" in waiting.submit("Continue", typed=codes[0]).text
    assert CODE not in enter_password(kit).buttons


def test_a_second_click_on_remove_is_no_error(alice: Visitor) -> None:
    make_codes(alice)
    other = alice.get("/security").submit("Remove the backup codes").tab()
    alice.submit("Remove")

    assert other.submit("Remove").path == "/security"


@pytest.mark.parametrize("button", ["Make Backup Codes", "Remove the backup codes/Remove"])
def test_each_change_asks_for_a_fresh_proof(kit: Kit, button: str) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    if "Remove" in button:
        make_codes(visitor)
        visitor.get("/security")
    kit.clock.forward(minutes=11)
    for each in button.split("/"):
        visitor.submit(each)
    assert visitor.path == "/verify"

    visitor.submit(f"Text me at {UK}").submit("/verify", verification_code=kit.code())

    assert "Show the codes" in visitor.buttons or "The backup codes are removed." in visitor.text


def test_without_two_factor_there_are_none(make_kit) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    kit.account()
    visitor = kit.signed_in()

    assert "Backup Codes" not in visitor.get("/security").text
    assert visitor.get(NEW_CODES).status == 404
    assert visitor.get("/security").post(NEW_CODES, seen="").status == 404


def test_anothers_codes_are_no_codes_here(kit: Kit, alice: Visitor) -> None:
    make_codes(alice)
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    bobs = make_codes(kit.signed_in(BOB, number=OTHER_MOBILE))

    assert "That is none of your backup codes" in use_paper(enter_password(kit), CODE, bobs[0]).text
    assert use_paper(enter_password(kit, BOB), CODE, bobs[0]).path == "/security"


def test_the_rows_of_used_and_of_replaced_codes_go(kit: Kit, alice: Visitor) -> None:
    code, *_ = make_codes(alice)
    use_paper(enter_password(kit), CODE, code)
    make_codes(alice)
    kit.clock.forward(days=3, minutes=1)
    kit.core.sender.tidy()

    with kit.core.database.reading() as work:
        assert work.db.query(BackupCodes).count() == 1
        assert work.db.query(BackupCode).count() == 10
