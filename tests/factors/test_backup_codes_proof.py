"""A backup code as a proof: usable once, told, counted, and of little use to a thief."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.crowd import at_once
from tests.support.journal_kit import entries
from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.notices import notices_to
from tests.support.paper import CODE, NEW_CODES, factor_id, give_codes, make_codes, try_again, use_paper
from tests.support.sign_in import enter_password
from trustweb.factors import backup_codes
from trustweb.models import Account, SignInSession

WRONG, NOT_ONE = "0" * 10, "That is none of your backup codes, or it was used before."
HOUSE = "+44 •• •••• ••00"


@pytest.fixture
def alice(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE, FIXED))


@pytest.fixture
def codes(kit: Kit, alice: Account) -> list[str]:
    return give_codes(kit, alice)


def test_one_signs_in_and_opens_the_window_for_changes(kit: Kit, codes: list[str]) -> None:
    visitor = use_paper(enter_password(kit), CODE, codes[0])

    assert visitor.path == "/security"
    assert visitor.get("/security/numbers/add").path == "/security/numbers/add"
    with kit.core.database.reading() as work:
        assert work.db.query(SignInSession).one().proved_by == factor_id(kit, "backup_codes")


def test_one_is_a_proof_for_a_change_which_then_goes_on(kit: Kit, codes: list[str]) -> None:
    visitor = kit.signed_in().get("/security/numbers").submit(f"Remove {HOUSE}")
    kit.clock.forward(minutes=11)
    assert visitor.submit("Remove").path == "/verify"

    use_paper(visitor, CODE, codes[0])

    assert "The number is removed." in visitor.text


def test_each_works_once_wherever_it_is_typed(kit: Kit, codes: list[str]) -> None:
    use_paper(enter_password(kit), CODE, codes[0])
    other = use_paper(enter_password(kit), CODE, codes[0])
    assert NOT_ONE in other.text
    try_again(other, codes[1])

    kit.clock.forward(minutes=11)
    assert NOT_ONE in use_paper(other.get("/verify"), CODE, codes[1]).text


def test_wrong_ones_count_with_wrong_codes(kit: Kit, codes: list[str]) -> None:
    stranger = enter_password(kit).submit(CODE)
    for _ in range(5):
        assert NOT_ONE in try_again(stranger, WRONG).text

    assert "There were too many wrong codes." in try_again(stranger, codes[0]).text
    assert stranger.status == 429
    kit.clock.forward(minutes=6)
    assert try_again(stranger, codes[0]).path == "/security"


def test_what_cannot_be_a_code_costs_nothing(kit: Kit, codes: list[str]) -> None:
    stranger = enter_password(kit).submit(CODE)
    for _ in range(8):
        assert "A backup code is 10 letters and digits." in try_again(stranger, "123456").text

    assert try_again(stranger, codes[0]).path == "/security"


def test_without_any_a_guess_is_wrong_and_counts(kit: Kit, codes: list[str]) -> None:
    stranger = enter_password(kit).submit(CODE)
    kit.signed_in().submit("Remove the backup codes").submit("Remove")
    for _ in range(5):
        assert NOT_ONE in try_again(stranger, codes[0]).text

    assert try_again(stranger, codes[0]).status == 429


def test_each_step_is_in_the_journal_and_told(kit: Kit, alice: Account) -> None:
    owner = kit.signed_in()
    make_codes(owner)
    codes = make_codes(owner)
    for code in codes[:8]:
        use_paper(enter_password(kit), CODE, code)
    owner.get("/security").submit("Remove the backup codes").submit("Remove")

    events = [each.event for each in entries(kit, alice)]
    assert events.count("backup_codes_low") == 1
    assert [each for each in events if each.startswith("backup_codes")] == [
        "backup_codes_made", "backup_codes_replaced", "backup_codes_low", "backup_codes_removed"
    ]  # fmt: skip
    used = [each.details for each in entries(kit, alice) if each.event == "backup_code_used"]
    assert used == [{"left": str(left)} for left in range(9, 1, -1)]
    assert {"method": "backup_code"} in [each.details for each in entries(kit, alice)]
    assert "9 left" in owner.get("/security/activity").text
    kit.clock.forward(minutes=20)
    assert "Backup codes were made." in " ".join(each.text for each in notices_to(kit, MOBILE))


def test_of_sixty_four_at_once_one_uses_it(racing: Kit) -> None:
    account = racing.account(numbers=(MOBILE,))
    give_codes(racing, account)
    with racing.core.database.reading() as work:
        using = {"codes": factor_id(racing, "backup_codes"), "hashed": ""}
        using["hashed"] = work.db.query(backup_codes.BackupCode.code_hash).limit(1).scalar()

    def first() -> bool:
        with racing.core.database.writing() as work:  # without the account's lock: the row decides
            return work.changed(backup_codes._USE, using) == 1

    assert sum(at_once([first] * 64)) == 1


def test_when_all_are_used_they_may_be_replaced_however_young_they_were(kit: Kit, alice: Account) -> None:
    codes = give_codes(kit, alice, kit.clock.now - timedelta(hours=1))
    for code in codes:
        last = use_paper(enter_password(kit), CODE, code)

    assert len(make_codes(last)) == 10


def test_they_are_not_the_factor_that_remains(kit: Kit) -> None:
    give_codes(kit, kit.account(numbers=(MOBILE,)))

    visitor = kit.signed_in().get("/security/numbers").submit("Remove +44 •••• ••••56")

    assert "This is the only thing that you can sign in with" in visitor.text


def test_a_thief_with_a_young_number_neither_removes_nor_replaces_them(
    kit: Kit, alice: Account, codes: list[str]
) -> None:
    with kit.core.database.writing() as work:
        kit._number(work, work.db.get_one(Account, alice.id), OTHER_MOBILE, kit.clock.now - timedelta(hours=1))
    thief = kit.signed_in(number=OTHER_MOBILE)

    assert "This cannot be removed yet." in thief.submit("Remove the backup codes").text
    assert "This cannot be removed yet." in thief.get("/security").submit("Make new backup codes").text
    (seen,) = [node.get("value") for node in thief.page.all("input") if node.get("name") == "seen"] or [""]
    assert "This cannot be removed yet." in thief.post(NEW_CODES, seen=seen).text
    assert use_paper(enter_password(kit), CODE, codes[0]).path == "/security"


def test_a_session_that_young_codes_opened_removes_nothing_older(kit: Kit, alice: Account) -> None:
    codes = give_codes(kit, alice, kit.clock.now - timedelta(hours=1))

    visitor = use_paper(enter_password(kit), CODE, codes[0]).get("/security/numbers")

    assert "This cannot be removed yet." in visitor.submit(f"Remove {HOUSE}").text


def test_a_proof_by_young_codes_removes_nothing_older(kit: Kit, alice: Account) -> None:
    codes = give_codes(kit, alice, kit.clock.now - timedelta(hours=1))
    visitor = kit.signed_in().get("/security/numbers").submit(f"Remove {HOUSE}")
    kit.clock.forward(minutes=11)
    visitor.submit("Remove")

    assert "This cannot be removed yet." in use_paper(visitor, CODE, codes[0]).text


def test_a_thief_whom_a_code_let_in_is_out_when_the_owner_makes_new_ones(kit: Kit, codes: list[str]) -> None:
    thief, owner = use_paper(enter_password(kit), CODE, codes[0]), kit.signed_in()

    make_codes(owner)

    assert thief.get("/security").path == "/sign-in"
    assert owner.get("/security").path == "/security"
