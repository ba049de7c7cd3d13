"""Notices of wrong passwords to owners without a proved address."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.support.journal_kit import entries
from tests.support.kit import ALICE, BOB, EVE, FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.sign_in import guess_passwords
from trustweb import notices
from trustweb.authentication import guesses
from trustweb.models import Account

FURTHER = "+12015550123"


def told(kit: Kit, *, account: str = ALICE) -> None:
    """Enough wrong passwords, and a worker that tells of them."""
    guess_passwords(kit, 21, account=account)
    guesses.tell_due(kit.core.database)
    kit.deliver()


def test_without_a_proved_address_one_number_is_told_in_a_text(kit: Kit) -> None:
    kit.account(numbers=(FIXED, MOBILE, OTHER_MOBILE))

    told(kit)
    kit.clock.forward(days=1)

    assert "Somebody typed many wrong passwords for your account." in kit.messages(MOBILE)[-1].text
    assert [*kit.messages(FIXED), *kit.messages(OTHER_MOBILE)] == []


def test_nobody_is_called_because_of_strangers(kit: Kit) -> None:
    account = kit.account(numbers=(FIXED,))

    told(kit)
    kit.clock.forward(hours=12)

    assert kit.messages(FIXED) == []
    assert [each.event for each in entries(kit, account)] == ["passwords_guessed"]


def test_a_disabled_account_is_told_nothing_now_or_later(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    for moment in (kit.clock.now, None):
        with kit.core.database.writing() as work:
            work.db.query(Account).update({"disabled_at": moment})
        guesses.tell_due(kit.core.database) if moment is None else told(kit)

    assert kit.messages(MOBILE) == []


@pytest.mark.parametrize("event", ["passwords_guessed", "sign_in_failed_codes", "sign_ins_denied"])
def test_what_strangers_cause_delays_no_word_of_a_change(kit: Kit, event: str) -> None:
    account = kit.account(numbers=(MOBILE,))
    for each in (event, "password_changed", "number_added"):
        with kit.core.database.writing(account.id) as work:
            notices.tell(work, account.id, each)
        kit.deliver()
        kit.clock.forward(minutes=1)

    assert ["The password was changed." in each.text for each in kit.messages(MOBILE)] == [False, True]


def test_one_account_s_trouble_keeps_no_other_from_being_told(kit: Kit, logged: list[str]) -> None:
    broken = kit.account(BOB, numbers=(OTHER_MOBILE,))
    kit.account(numbers=(MOBILE,))
    kit.account(EVE, numbers=(FURTHER,))
    with kit.core.database.writing(broken.id) as work:
        notices.tell(work, broken.id, "password_changed")
        work.execute(update(Account).where(Account.id == broken.id).values(journal_seq=0))
    for name in (BOB, EVE):
        guess_passwords(kit, 21, account=name)

    told(kit)

    assert [len(kit.messages(number)) for number in (MOBILE, FURTHER)] == [1, 1]
    assert any(line.startswith("put off again: IntegrityError") for line in logged)
