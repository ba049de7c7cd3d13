"""Deleting an account: which rows go, when, and what happens to requests at the same moment."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support import apps, at_services, authenticator, paper, programs
from tests.support.accounts import make_operators
from tests.support.deletion import count_rows, delete_due, leaving, plan_deletion
from tests.support.kit import ALICE, BOB, EVE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.mail_kit import ask_change, proved
from trustweb import accounts, deletion, invitations
from trustweb.database import Database
from trustweb.journal import checking
from trustweb.models import Delivery, Invitation
from trustweb.recovery import operator_link


def settled_in(kit: Kit, name: str, number: str) -> int:
    """Somebody with one of everything, a code on its way and a half-open session."""
    with kit.core.database.writing() as work:
        token = invitations.make(work, name=name)
    visitor = kit.visitor().get(f"/invitation/{token}").submit("Continue", password=PASSWORD).submit("Continue")
    visitor.submit("Continue", country="GB", phone_number=number)
    visitor.submit("/security/numbers/code", verification_code=kit.code(number))
    kit.clock.forward(minutes=1)
    authenticator.add(visitor)
    visitor.get("/security/devices").submit("Trust this browser")
    paper.make_key(visitor)
    paper.make_codes(visitor)
    paper.show_key(visitor)
    kit.visitor().get("/sign-in").submit("Sign In", account=name, password=PASSWORD)
    with kit.core.database.writing() as work:
        found = accounts.find(work, name)
        assert found
        checking.prune(work, found.id, work.now - timedelta(seconds=30))
        operator_link.make(work, found.id)
    apps.give(kit, found)
    at_services.settle(kit, found)
    programs.give(kit, found, handle=secrets.token_hex(4))
    proved(kit, found)
    ask_change(visitor, f"new-{name}")
    return found.id


def test_nothing_of_an_account_remains_and_nobody_else_loses_anything(racing: Kit) -> None:
    bob = settled_in(racing, BOB, OTHER_MOBILE)
    before = count_rows(racing, bob)
    alice = settled_in(racing, ALICE, MOBILE)
    assert [table for table, count in count_rows(racing, alice).items() if not count] == []
    plan_deletion(racing, alice)
    racing.clock.forward(hours=72)

    deletion.delete_due(racing.core.database)

    assert count_rows(racing, alice) - before == Counter(delivery=1)
    assert count_rows(racing, bob) - before == Counter(delivery=1)
    assert before - count_rows(racing, bob) == Counter()
    with racing.core.database.reading() as work:
        assert work.db.scalars(select(Invitation.name)).all() == [BOB]
        # What is left is for the app to hear that the person is signed out.
        assert work.db.scalars(select(Delivery.account_id).where(Delivery.kind == "logout")).all() == [None]


@pytest.mark.parametrize(("hours", "gone"), [(71.99, False), (72, True)])
def test_it_happens_after_72_hours(hours: float, gone: bool, kit: Kit) -> None:
    plan_deletion(kit, kit.account().id)
    kit.clock.forward(hours=hours)

    delete_due(kit)

    assert leaving(kit) == ({} if gone else {ALICE: True})


def test_the_operator_says_how_long_it_rests(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_DELETION_REST="3600")
    plan_deletion(kit, kit.account().id)
    kit.clock.forward(hours=1)

    delete_due(kit)

    assert leaving(kit) == {}


def test_planned_twice_the_first_moment_stays(kit: Kit) -> None:
    alice = kit.account()
    plan_deletion(kit, alice.id)
    kit.clock.forward(hours=71)
    plan_deletion(kit, alice.id)

    kit.clock.forward(hours=1)
    delete_due(kit)

    assert leaving(kit) == {}


def test_a_kept_account_stays(kit: Kit) -> None:
    session = plan_deletion(kit, kit.account().id)
    with kit.core.database.writing(session.account_id) as work:
        deletion.keep(work, session)

    kit.clock.forward(hours=100)
    delete_due(kit)

    assert leaving(kit) == {ALICE: False}


def test_a_restart_and_a_clock_set_back_change_no_moment(kit: Kit) -> None:
    plan_deletion(kit, kit.account().id)
    kit.clock.forward(days=-9)
    restarted = Database(kit.core.config, kit.core.keys, kit.clock, kit.clock.monotonic)
    deletion.delete_due(restarted)
    assert leaving(kit) == {ALICE: True}

    kit.clock.forward(days=12)
    deletion.delete_due(restarted)
    restarted.close()

    assert leaving(kit) == {}


def test_the_next_account_is_not_taken_for_the_deleted_one(racing: Kit) -> None:
    gone = settled_in(racing, ALICE, MOBILE)
    plan_deletion(racing, gone)
    racing.clock.forward(hours=72)
    delete_due(racing)

    assert settled_in(racing, ALICE, MOBILE) > gone


def test_a_disabled_account_is_not_deleted(kit: Kit) -> None:
    alice = kit.account()
    plan_deletion(kit, alice.id)
    with kit.core.database.writing(alice.id) as work:
        accounts.disable(work, alice.id, True)

    kit.clock.forward(hours=100)
    delete_due(kit)

    assert leaving(kit) == {ALICE: False}


def test_the_last_operator_stays(kit: Kit) -> None:
    kit.account(EVE)
    alice, bob = make_operators(kit, ALICE, BOB)
    plan_deletion(kit, bob)

    with pytest.raises(deletion.LastOperator):
        plan_deletion(kit, alice)

    assert leaving(kit) == {ALICE: False, BOB: True, EVE: False}


def test_a_disabled_operator_looks_after_nothing(kit: Kit) -> None:
    alice, bob = make_operators(kit, ALICE, BOB)
    with kit.core.database.writing(bob) as work:
        accounts.disable(work, bob, True)

    with pytest.raises(deletion.LastOperator):
        plan_deletion(kit, alice)


def test_who_has_become_the_last_operator_is_not_deleted_before_there_is_another_one(
    kit: Kit, logged: list[str]
) -> None:
    alice, bob = make_operators(kit, ALICE, BOB)
    plan_deletion(kit, alice)
    with kit.core.database.writing(bob) as work:
        accounts.disable(work, bob, True)
    kit.clock.forward(hours=72)
    delete_due(kit)
    assert leaving(kit) == {ALICE: True, BOB: False}
    assert "the last operator's account is not deleted" in "".join(logged)

    make_operators(kit, EVE)
    delete_due(kit)

    assert leaving(kit) == {BOB: False, EVE: False}


@pytest.mark.parametrize(("age", "early"), [(timedelta(hours=23, minutes=59), True), (timedelta(hours=24), False)])
def test_what_is_younger_than_a_day_deletes_nothing(age: timedelta, early: bool, kit: Kit) -> None:
    kit.account(numbers=(MOBILE,), age=age)
    visitor = kit.signed_in().get("/account/delete")

    assert ("This is not possible yet." in visitor.text) == early
    assert ("You can do it from March 12, 2026 at 9:01 AM." in visitor.text.replace("\u202f", " ")) == early
