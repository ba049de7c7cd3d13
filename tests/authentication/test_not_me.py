"""“This wasn’t me”: what the link in a notice can undo, and what it cannot."""

from __future__ import annotations

import pytest

from tests.support.journal_kit import entries
from tests.support.kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.notices import (
    CHANGES_STOPPED,
    LINK_SPENT,
    NOT_ME,
    not_me_link,
    notices_to,
    say_not_me,
    tell_password_changed,
)
from tests.support.trusted_numbers import MASKED_FIXED, MASKED_MOBILE, add_number, remove_number, verify_number
from trustweb import notices
from trustweb.models import Account

STOPPED = "Everybody is signed out, and for 24 hours nothing that you trusted before can be removed."


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE, FIXED))


def test_it_ends_every_session(kit: Kit, account: Account) -> None:
    thief = kit.signed_in()

    owner = say_not_me(kit, account)

    assert STOPPED in owner.text
    assert thief.get("/security").path == "/sign-in"
    assert entries(kit, account)[-1].event == "frozen"
    assert entries(kit, account)[-1].details == {"number": MASKED_MOBILE}


def test_for_a_day_nothing_older_is_removed(kit: Kit, account: Account) -> None:
    say_not_me(kit, account)
    thief = kit.signed_in()

    remove_number(thief, MASKED_FIXED)
    assert CHANGES_STOPPED in thief.text
    assert "Removing is stopped." in thief.get("/security").text
    kit.clock.forward(days=1, minutes=1)
    remove_number(kit.signed_in(), MASKED_FIXED)

    assert entries(kit, account)[-1].event == "number_removed"


def test_what_a_thief_has_just_added_may_go(kit: Kit, account: Account) -> None:
    verify_number(add_number(kit.signed_in()), kit.code(OTHER_MOBILE))
    kit.visitor().get(not_me_link(kit)).submit(NOT_ME)

    owner = kit.signed_in()
    remove_number(owner, "+49 •••• •••••89")

    assert "The number is removed." in owner.text


def test_the_thiefs_own_number_gets_no_link(kit: Kit, account: Account) -> None:
    verify_number(add_number(kit.signed_in()), kit.code(OTHER_MOBILE))
    say_not_me(kit, account)
    kit.clock.forward(minutes=30)

    assert all("/not-me/" not in each.text for each in notices_to(kit, OTHER_MOBILE))


def test_looking_at_it_changes_nothing(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    tell_password_changed(kit, account)

    for _ in range(3):
        assert NOT_ME in kit.visitor().get(not_me_link(kit)).text

    assert owner.get("/security").path == "/security"


def test_it_works_once(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    first, second = kit.visitor().get(not_me_link(kit)), kit.visitor().get(not_me_link(kit))
    first.submit(NOT_ME)
    again = kit.signed_in()

    assert LINK_SPENT in second.submit(NOT_ME).text
    assert LINK_SPENT in kit.visitor().get(not_me_link(kit)).text
    assert again.get("/security").path == "/security"


def test_a_second_link_does_not_make_the_day_longer(kit: Kit, account: Account) -> None:
    say_not_me(kit, account)
    kit.clock.forward(hours=20)
    say_not_me(kit, account)
    kit.clock.forward(hours=4, minutes=1)

    assert "Removing is stopped." not in kit.signed_in().get("/security").text


def test_after_three_days_it_is_too_old(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    path = not_me_link(kit)
    kit.clock.forward(days=3)

    assert LINK_SPENT in kit.visitor().get(path).text


@pytest.mark.parametrize("word", ["1", "1-", "1-00000000000000000000", "x-1", "٣-1", "-", "9" * 30 + "-1"])
def test_nobody_guesses_it(kit: Kit, account: Account, word: str) -> None:
    tell_password_changed(kit, account)
    notices_to(kit)

    answer = kit.visitor().get(f"/not-me/{word}")

    assert answer.status == 404
    assert LINK_SPENT in answer.text


def test_the_link_of_one_message_does_not_open_another(kit: Kit, account: Account) -> None:
    bob = kit.account("bob@example.com", numbers=(OTHER_MOBILE,))
    tell_password_changed(kit, account)
    tell_password_changed(kit, bob)
    mine, other = not_me_link(kit), not_me_link(kit, OTHER_MOBILE)

    mixed = f"{other.partition('-me/')[0]}-me/{other.rpartition('/')[2].partition('-')[0]}-{mine.rpartition('-')[2]}"

    assert LINK_SPENT in kit.visitor().get(mixed).text


def test_the_others_are_told_that_it_is_stopped(kit: Kit, account: Account) -> None:
    kit.clock.now = kit.clock.now.replace(hour=12)
    say_not_me(kit, account)
    kit.clock.forward(minutes=11)

    assert "Somebody said that a change was not theirs" in notices_to(kit, FIXED)[-1].text


def test_a_removed_number_is_put_back(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    remove_number(owner, MASKED_FIXED)

    owner.submit(f"Put back {MASKED_FIXED}")

    assert "The number is in your list again." in owner.text
    assert f"Remove {MASKED_FIXED}" in owner.body
    assert entries(kit, account)[-1].event == "number_restored"


def test_who_came_after_the_removal_puts_nothing_back(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    remove_number(owner, MASKED_FIXED)
    verify_number(add_number(owner), kit.code(OTHER_MOBILE))
    kit.clock.forward(minutes=11)

    younger = kit.signed_in(number=OTHER_MOBILE).get("/security/numbers").submit(f"Put back {MASKED_FIXED}")

    assert "sign in with something that you trusted before it was removed" in younger.text
    assert f"Remove {MASKED_FIXED}" not in younger.body


def test_after_three_days_nothing_is_left_to_put_back(kit: Kit, account: Account) -> None:
    remove_number(kit.signed_in(), MASKED_FIXED)
    kit.clock.forward(days=3)

    assert "Put back" not in kit.signed_in().get("/security/numbers").text


def test_a_number_that_was_added_again_is_not_put_back_beside_itself(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    remove_number(owner, MASKED_FIXED)
    other_tab = kit.signed_in().get("/security/numbers")
    owner.submit(f"Put back {MASKED_FIXED}")

    assert other_tab.submit(f"Put back {MASKED_FIXED}").status == 404


def test_stopping_needs_a_page_of_ours(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    client = kit.visitor().get("/sign-in")._wire.client  # type: ignore[union-attr]

    answer = client.post(not_me_link(kit), base_url="http://localhost:8000")

    assert answer.status_code == 422


def test_signing_in_is_not_stopped(kit: Kit, account: Account) -> None:
    say_not_me(kit, account)
    with kit.core.database.writing(account.id) as work:
        notices.tell(work, account.id, "password_changed")

    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert visitor.path == "/sign-in/code"
