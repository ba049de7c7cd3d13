"""“This wasn't me”: what a notice's link can do, and what it cannot; and putting back what was removed."""

from __future__ import annotations

import re

import pytest

from tests.delivery.test_notices import change_password, told
from tests.factors.test_trusted_numbers_pages import add, verify
from tests.factors.test_trusted_numbers_removal import HOME, UK, remove
from tests.support.http_client import Visitor
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from trustweb import notices
from trustweb.models import Account

STOPPED = "Everybody is signed out, and for 24 hours nothing that you trusted before can be removed."
FROZEN = "Somebody said that a change to your account was not theirs."
SPENT = "This link is not good any more"
STOP = "This wasn’t me: stop it"


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE, FIXED))


def link(kit: Kit, number: str = MOBILE) -> str:
    found = re.search(r"http://localhost:8000(/not-me/\S+)", told(kit, number)[-1].text)
    assert found
    return found[1]


def stop(kit: Kit, account: Account) -> Visitor:
    """Somebody changes the password, and who reads the text says that it was not them."""
    change_password(kit, account)
    return kit.visitor().get(link(kit)).submit(STOP)


def test_it_ends_every_session(kit: Kit, account: Account) -> None:
    thief = kit.signed_in()

    owner = stop(kit, account)

    assert STOPPED in owner.text
    assert thief.get("/security").path == "/sign-in"
    assert entries(kit, account)[-1].event == "frozen"
    assert entries(kit, account)[-1].details == {"number": UK}


def test_for_a_day_nothing_older_is_removed(kit: Kit, account: Account) -> None:
    stop(kit, account)
    thief = kit.signed_in()

    remove(thief, HOME)
    assert FROZEN in thief.text
    assert "Removing is stopped." in thief.get("/security").text
    kit.clock.forward(days=1, minutes=1)
    remove(kit.signed_in(), HOME)

    assert entries(kit, account)[-1].event == "number_removed"


def test_what_a_thief_has_just_added_may_go(kit: Kit, account: Account) -> None:
    verify(add(kit.signed_in()), kit.code(OTHER_MOBILE))
    kit.visitor().get(link(kit)).submit(STOP)

    owner = kit.signed_in()
    remove(owner, "+49 •••• •••••89")

    assert "The number is removed." in owner.text


def test_the_thiefs_own_number_gets_no_link(kit: Kit, account: Account) -> None:
    verify(add(kit.signed_in()), kit.code(OTHER_MOBILE))
    stop(kit, account)
    kit.clock.forward(minutes=30)

    assert all("/not-me/" not in each.text for each in told(kit, OTHER_MOBILE))


def test_looking_at_it_changes_nothing(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    change_password(kit, account)

    for _ in range(3):
        assert STOP in kit.visitor().get(link(kit)).text

    assert owner.get("/security").path == "/security"


def test_it_works_once(kit: Kit, account: Account) -> None:
    change_password(kit, account)
    first, second = kit.visitor().get(link(kit)), kit.visitor().get(link(kit))
    first.submit(STOP)
    again = kit.signed_in()

    assert SPENT in second.submit(STOP).text
    assert SPENT in kit.visitor().get(link(kit)).text
    assert again.get("/security").path == "/security"


def test_a_second_link_does_not_make_the_day_longer(kit: Kit, account: Account) -> None:
    stop(kit, account)
    kit.clock.forward(hours=20)
    stop(kit, account)
    kit.clock.forward(hours=4, minutes=1)

    assert "Removing is stopped." not in kit.signed_in().get("/security").text


def test_after_three_days_it_is_too_old(kit: Kit, account: Account) -> None:
    change_password(kit, account)
    path = link(kit)
    kit.clock.forward(days=3)

    assert SPENT in kit.visitor().get(path).text


@pytest.mark.parametrize("word", ["1", "1-", "1-00000000000000000000", "x-1", "٣-1", "-", "9" * 30 + "-1"])
def test_nobody_guesses_it(kit: Kit, account: Account, word: str) -> None:
    change_password(kit, account)
    told(kit)

    answer = kit.visitor().get(f"/not-me/{word}")

    assert answer.status == 404
    assert SPENT in answer.text


def test_the_link_of_one_message_does_not_open_another(kit: Kit, account: Account) -> None:
    bob = kit.account("bob@example.com", numbers=(OTHER_MOBILE,))
    change_password(kit, account)
    change_password(kit, bob)
    mine, other = link(kit), link(kit, OTHER_MOBILE)

    mixed = f"{other.partition('-me/')[0]}-me/{other.rpartition('/')[2].partition('-')[0]}-{mine.rpartition('-')[2]}"

    assert SPENT in kit.visitor().get(mixed).text


def test_the_others_are_told_that_it_is_stopped(kit: Kit, account: Account) -> None:
    kit.clock.now = kit.clock.now.replace(hour=12)
    stop(kit, account)
    kit.clock.forward(minutes=11)

    assert "Somebody said that a change was not theirs" in told(kit, FIXED)[-1].text


def test_a_removed_number_is_put_back(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    remove(owner, HOME)

    owner.submit(f"Put back {HOME}")

    assert "The number is in your list again." in owner.text
    assert f"Remove {HOME}" in owner.body
    assert entries(kit, account)[-1].event == "number_restored"


def test_who_came_after_the_removal_puts_nothing_back(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    remove(owner, HOME)
    verify(add(owner), kit.code(OTHER_MOBILE))
    kit.clock.forward(minutes=11)

    younger = kit.signed_in(number=OTHER_MOBILE).get("/security/numbers").submit(f"Put back {HOME}")

    assert "sign in with something that you trusted before it was removed" in younger.text
    assert f"Remove {HOME}" not in younger.body


def test_after_three_days_nothing_is_left_to_put_back(kit: Kit, account: Account) -> None:
    remove(kit.signed_in(), HOME)
    kit.clock.forward(days=3)

    assert "Put back" not in kit.signed_in().get("/security/numbers").text


def test_a_number_that_was_added_again_is_not_put_back_beside_itself(kit: Kit, account: Account) -> None:
    owner = kit.signed_in()
    remove(owner, HOME)
    other_tab = kit.signed_in().get("/security/numbers")
    owner.submit(f"Put back {HOME}")

    assert other_tab.submit(f"Put back {HOME}").status == 404


def test_stopping_needs_a_page_of_ours(kit: Kit, account: Account) -> None:
    change_password(kit, account)
    client = kit.visitor().get("/sign-in")._wire.client  # type: ignore[union-attr]

    answer = client.post(link(kit), base_url="http://localhost:8000")

    assert answer.status_code == 422


def test_signing_in_is_not_stopped(kit: Kit, account: Account) -> None:
    stop(kit, account)
    with kit.core.database.writing(account.id) as work:
        notices.tell(work, account.id, "password_changed")

    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert visitor.path == "/sign-in/code"
