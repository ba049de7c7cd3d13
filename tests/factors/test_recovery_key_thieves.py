"""A recovery key against a thief who got in once, and the rule of one day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.paper import CODE, KEY, NEW_KEY, ON_PAPER, give_codes, give_key, make_key, show_key, use_paper
from tests.support.sign_in import enter_password
from tests.support.trusted_numbers import MASKED_FIXED
from trustweb.models import Account, RecoveryKey


@pytest.fixture
def alice(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE, FIXED))


@pytest.fixture
def key(kit: Kit, alice: Account) -> str:
    return give_key(kit, alice)


def thief(kit: Kit, alice: Account) -> Visitor:
    """Somebody whose number was added an hour ago."""
    with kit.core.database.writing() as work:
        kit._number(work, work.db.get_one(Account, alice.id), OTHER_MOBILE, kit.clock.now - timedelta(hours=1))
    return kit.signed_in(number=OTHER_MOBILE)


def test_a_thief_with_a_young_number_neither_removes_nor_replaces_it(kit: Kit, alice: Account, key: str) -> None:
    visitor = thief(kit, alice)

    assert "This cannot be removed yet." in visitor.submit("Remove the recovery key").text
    assert "This cannot be removed yet." in visitor.get("/security").submit("Make a new recovery key").text
    assert "Show the key" not in visitor.buttons
    visitor.post(NEW_KEY, seen="")
    assert "This cannot be removed yet." in visitor.text
    assert use_paper(enter_password(kit), KEY, key).path == "/security"


def test_a_key_that_was_shown_before_replaces_nothing_that_came_meanwhile(kit: Kit, alice: Account) -> None:
    visitor = thief(kit, alice)
    mine = show_key(visitor)
    key = give_key(kit, alice)

    visitor.submit(ON_PAPER).submit("Confirm", typed=mine)

    assert "This cannot be removed yet." in visitor.text
    assert use_paper(enter_password(kit), KEY, key).path == "/security"


def test_while_frozen_it_stays(kit: Kit, alice: Account, key: str) -> None:
    visitor = kit.signed_in()
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"frozen_until": work.now + timedelta(hours=1)})

    for button in ("Remove the recovery key", "Make a new recovery key"):
        assert "nothing that you trusted before can be removed" in visitor.get("/security").submit(button).text


def test_a_session_that_a_young_key_opened_removes_nothing_older(kit: Kit, alice: Account) -> None:
    key = give_key(kit, alice, kit.clock.now - timedelta(hours=1))

    visitor = use_paper(enter_password(kit), KEY, key).get("/security/numbers")

    assert "This cannot be removed yet." in visitor.submit(f"Remove {MASKED_FIXED}").text


def test_it_stays_while_what_would_remain_is_young(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,), age=timedelta(hours=1))
    give_key(kit, account)
    code, *_ = give_codes(kit, account)

    visitor = use_paper(enter_password(kit), CODE, code)

    assert "This cannot be removed yet." in visitor.submit("Remove the recovery key").text


def test_a_used_key_may_be_replaced_or_removed_however_young_it_was(kit: Kit, alice: Account) -> None:
    key = give_key(kit, alice, kit.clock.now - timedelta(hours=1))
    visitor = use_paper(enter_password(kit), KEY, key)

    assert "The recovery key is removed." in visitor.submit("Remove the recovery key").submit("Remove").text
    key = give_key(kit, alice, kit.clock.now - timedelta(hours=1))
    make_key(use_paper(enter_password(kit), KEY, key))


def test_it_is_not_the_factor_that_remains(kit: Kit) -> None:
    give_key(kit, kit.account(numbers=(MOBILE,)))

    visitor = kit.signed_in().get("/security/numbers").submit("Remove +44 •••• ••••56")

    assert "This is the only thing that you can sign in with" in visitor.text


def test_replaced_it_ends_the_session_that_it_let_in(kit: Kit, key: str) -> None:
    let_in, owner = use_paper(enter_password(kit), KEY, key), kit.signed_in()

    make_key(owner)

    assert let_in.get("/security").path == "/sign-in"
    assert owner.get("/security").path == "/security"


def test_old_ones_are_forgotten_after_three_days(kit: Kit, alice: Account, key: str) -> None:
    make_key(kit.signed_in())
    kit.clock.forward(days=3, minutes=1)
    kit.core.sender.tidy()

    with kit.core.database.reading() as work:
        assert work.db.query(RecoveryKey).count() == 1
