"""Recovery keys, backup codes and account recovery: each of them ends it."""

from __future__ import annotations

import pytest

from tests.support.kit import MOBILE, Kit
from tests.support.mail_kit import proved
from tests.support.paper import CODE, KEY, give_codes, give_key, make_key, use_paper
from tests.support.recovery import finish_recovery, recovery_link, run_for, start_wait
from tests.support.sign_in import enter_password
from trustweb.codes.challenges import SIGN_IN
from trustweb.factors import enrolled, on_paper
from trustweb.models import Account


@pytest.fixture
def alice(kit: Kit) -> Account:
    """Somebody with a phone and a mailbox."""
    account = kit.account(numbers=(MOBILE,))
    proved(kit, account)
    kit.clock.forward(minutes=11)
    return account


def test_with_a_recovery_key_nobody_waits_and_once_it_is_used_up_they_may(kit: Kit, alice: Account) -> None:
    key = give_key(kit, alice)
    visitor = enter_password(kit).get("/sign-in/recovery")
    assert "Start the wait" not in visitor.buttons
    use_paper(enter_password(kit), KEY, key)

    assert "Start the wait" in enter_password(kit).get("/sign-in/recovery").buttons


def test_backup_codes_close_nothing(kit: Kit, alice: Account) -> None:
    give_codes(kit, alice)

    assert "Start the wait" in enter_password(kit).get("/sign-in/recovery").buttons


@pytest.mark.parametrize("way", [KEY, CODE])
def test_who_signs_in_from_paper_ends_a_recovery(kit: Kit, alice: Account, way: str) -> None:
    start_wait(kit)
    typed = give_key(kit, alice) if way == KEY else give_codes(kit, alice)[0]

    use_paper(enter_password(kit), way, typed)

    with kit.core.database.reading() as work:
        assert work.db.get_one(Account, alice.id).recovers_at is None


def test_a_recovery_leaves_nothing_on_paper_that_works(kit: Kit, alice: Account) -> None:
    give_codes(kit, alice)
    start_wait(kit)
    run_for(kit, 72)

    finish_recovery(kit, recovery_link(kit))

    with kit.core.database.reading() as work:
        assert on_paper.ways(enrolled.of(work, alice.id), SIGN_IN) == []


def test_a_key_that_is_made_after_a_used_one_closes_it_again(kit: Kit, alice: Account) -> None:
    key = give_key(kit, alice)
    make_key(use_paper(enter_password(kit), KEY, key))

    assert "Start the wait" not in enter_password(kit).get("/sign-in/recovery").buttons
