"""A planned deletion in the journal and in notices, and how an owner who is locked out cancels it."""

from __future__ import annotations

import re

import pytest

from tests.support.deletion import delete_due, leaving, plan_deletion, plan_deletion_on_page
from tests.support.journal_kit import by_hand, entries, run
from tests.support.kit import ALICE, BOB, FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.notices import CHANGES_STOPPED, NOT_ME, not_me_link, notices_to
from trustweb import accounts
from trustweb.journal import erasing


def events(kit: Kit) -> list[str]:
    with kit.core.database.reading() as work:
        account = accounts.find(work, ALICE)
    assert account
    return [each.event for each in entries(kit, account)]


def test_settings_are_only_noted_and_a_download_is_told(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    alice = kit.signed_in()
    for _ in range(2):
        alice.get("/account").submit("Save", name="Alice")
    alice.get("/account/data").submit("Download")

    assert events(kit) == ["signed_in", "details_changed", "data_downloaded"]
    assert [each.text.count("All data of the account was downloaded.") for each in notices_to(kit, MOBILE)] == [1]
    assert "Data downloaded" in alice.get("/security/activity").text


def test_planning_and_keeping_are_noted_once_and_told_every_number(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, FIXED))
    alice = kit.signed_in()
    plan_deletion_on_page(alice)
    alice.post("/account/delete")
    assert "The account will be deleted in a few days" in notices_to(kit, MOBILE)[-1].text
    assert "The account will be deleted in a few days" in notices_to(kit, FIXED)[-1].text
    kit.clock.forward(minutes=11)

    alice.get("/account").submit("Keep my account")
    alice.post("/account/keep")

    assert "The account is kept and will not be deleted." in notices_to(kit, MOBILE)[-1].text
    assert events(kit) == ["signed_in", "account_deletion_planned", "account_kept"]
    assert "Deletion of the account planned" in alice.get("/security/activity").text


def test_this_was_not_me_keeps_the_account(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    plan_deletion_on_page(kit.signed_in())

    kit.visitor().get(not_me_link(kit)).submit(NOT_ME)

    assert leaving(kit) == {ALICE: False}
    assert events(kit)[-2:] == ["account_kept", "frozen"]


def test_and_for_a_day_it_is_not_planned_again(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    plan_deletion_on_page(kit.signed_in())
    kit.visitor().get(not_me_link(kit)).submit(NOT_ME)
    thief = kit.signed_in()

    thief.post("/account/delete")
    assert thief.status == 422
    assert CHANGES_STOPPED in thief.text
    kit.clock.forward(days=1)
    plan_deletion_on_page(kit.signed_in())

    assert leaving(kit) == {ALICE: True}


def gone(kit: Kit) -> int:
    account = kit.account(numbers=(MOBILE,))
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    plan_deletion(kit, account.id)
    kit.clock.forward(hours=72)
    delete_due(kit)
    assert leaving(kit) == {BOB: False}
    return account.id


def test_a_deleted_journal_is_no_missing_one(racing: Kit) -> None:
    gone(racing)

    said = run(racing, "journal", "verify")

    assert (said.exit_code, said.output) == (0, "The journal is whole: 0 entries, 1 accounts.\n")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM deleted_account",
        "UPDATE deleted_account SET seq = seq + 1",
        "UPDATE deleted_account SET mac = 'gone:00'",
    ],
)
def test_a_journal_that_was_taken_away_by_hand_is_a_missing_one(statement: str, racing: Kit) -> None:
    account_id = gone(racing)
    by_hand(racing, statement)

    said = run(racing, "journal", "verify")

    assert said.exit_code == 1
    assert re.search(rf"account {account_id}, which is gone: .*heads file knows entry 1 ", said.stderr, re.I)


def test_what_stays_of_an_account_is_its_number(kit: Kit) -> None:
    gone(kit)

    assert ALICE not in kit.database_text()
    assert MOBILE not in kit.database_text()


def test_pruning_signs_it_with_the_newest_key(kit: Kit) -> None:
    account_id = gone(kit)

    assert run(kit, "journal", "prune", "--before", "2026-01-01").exit_code == 0

    with kit.core.database.reading() as work:
        assert erasing.erased(work) == {account_id}
