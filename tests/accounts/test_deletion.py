"""Deleting an account: what goes, when, and what happens to whoever comes in the same moment."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.accounts.test_personal_data import of_accounts
from tests.support import apps, authenticator, paper, programs
from tests.support.kit import ALICE, BOB, EVE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.mail_kit import ask_change, proved
from trustweb import accounts, deletion, invitations
from trustweb.authentication import sessions
from trustweb.database import Database
from trustweb.journal import checking
from trustweb.models import Account, Invitation, SessionView
from trustweb.recovery import operator_link


def session_of(kit: Kit, account_id: int) -> SessionView:
    with kit.core.database.writing(account_id) as work:
        return sessions.start(work, account_id, stage=sessions.FULL, known_browser=True)[0]


def plan(kit: Kit, account_id: int) -> SessionView:
    session = session_of(kit, account_id)
    with kit.core.database.writing(account_id) as work:
        deletion.plan(work, session)
    return session


def sweep(kit: Kit) -> None:
    kit.core.sender.tidy()


def people(kit: Kit) -> dict[str, bool]:
    """Who is there, and whether they are about to go."""
    with kit.core.database.reading() as work:
        return {each.name: each.deletes_at is not None for each in accounts.listed(work)}


def rows(kit: Kit, account_id: int) -> Counter[str]:
    """How many rows an account has in each table; what hangs on such a row counts for everybody together."""
    with kit.core.database.reading() as work:
        counts = Counter[str]()
        for table in of_accounts():
            column = table.c.get("account_id", table.c.id if table.name == "account" else None)
            counted = select(func.count()).select_from(table)
            if column is not None and not column.nullable:
                counted = counted.where(column == account_id)
            counts[table.name] = work.db.scalar(counted) or 0
        return counts


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
    programs.give(kit, found, handle=secrets.token_hex(4))
    proved(kit, found)
    ask_change(visitor, f"new-{name}")
    return found.id


def test_nothing_of_an_account_remains_and_nobody_else_loses_anything(racing: Kit) -> None:
    bob = settled_in(racing, BOB, OTHER_MOBILE)
    before = rows(racing, bob)
    alice = settled_in(racing, ALICE, MOBILE)
    assert {table.name for table in of_accounts()} == {name for name, count in rows(racing, alice).items() if count}
    plan(racing, alice)
    racing.clock.forward(hours=72)

    deletion.delete_due(racing.core.database)

    assert rows(racing, alice) - before == Counter()
    assert rows(racing, bob) == before
    with racing.core.database.reading() as work:
        assert work.db.scalars(select(Invitation.name)).all() == [BOB]


@pytest.mark.parametrize(("hours", "gone"), [(71.99, False), (72, True)])
def test_it_happens_after_72_hours(hours: float, gone: bool, kit: Kit) -> None:
    plan(kit, kit.account().id)
    kit.clock.forward(hours=hours)

    sweep(kit)

    assert people(kit) == ({} if gone else {ALICE: True})


def test_the_operator_says_how_long_it_rests(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_DELETION_REST="3600")
    plan(kit, kit.account().id)
    kit.clock.forward(hours=1)

    sweep(kit)

    assert people(kit) == {}


def test_planned_twice_the_first_moment_stays(kit: Kit) -> None:
    alice = kit.account()
    plan(kit, alice.id)
    kit.clock.forward(hours=71)
    plan(kit, alice.id)

    kit.clock.forward(hours=1)
    sweep(kit)

    assert people(kit) == {}


def test_a_kept_account_stays(kit: Kit) -> None:
    session = plan(kit, kit.account().id)
    with kit.core.database.writing(session.account_id) as work:
        deletion.keep(work, session)

    kit.clock.forward(hours=100)
    sweep(kit)

    assert people(kit) == {ALICE: False}


def test_a_restart_and_a_clock_set_back_change_no_moment(kit: Kit) -> None:
    plan(kit, kit.account().id)
    kit.clock.forward(days=-9)
    restarted = Database(kit.core.config, kit.core.keys, kit.clock, kit.clock.monotonic)
    deletion.delete_due(restarted)
    assert people(kit) == {ALICE: True}

    kit.clock.forward(days=12)
    deletion.delete_due(restarted)
    restarted.close()

    assert people(kit) == {}


def test_the_next_account_is_not_taken_for_the_deleted_one(racing: Kit) -> None:
    gone = settled_in(racing, ALICE, MOBILE)
    plan(racing, gone)
    racing.clock.forward(hours=72)
    sweep(racing)

    assert settled_in(racing, ALICE, MOBILE) > gone


def test_a_disabled_account_is_not_deleted(kit: Kit) -> None:
    alice = kit.account()
    plan(kit, alice.id)
    with kit.core.database.writing(alice.id) as work:
        accounts.disable(work, alice.id, True)

    kit.clock.forward(hours=100)
    sweep(kit)

    assert people(kit) == {ALICE: False}


def operators(kit: Kit, *names: str) -> list[int]:
    ids = [kit.account(name).id for name in names]
    with kit.core.database.writing() as work:
        work.db.execute(update(Account).where(Account.id.in_(ids)).values(role=accounts.OPERATOR))
    return ids


def test_the_last_operator_stays(kit: Kit) -> None:
    kit.account(EVE)
    alice, bob = operators(kit, ALICE, BOB)
    plan(kit, bob)

    with pytest.raises(deletion.LastOperator):
        plan(kit, alice)

    assert people(kit) == {ALICE: False, BOB: True, EVE: False}


def test_a_disabled_operator_looks_after_nothing(kit: Kit) -> None:
    alice, bob = operators(kit, ALICE, BOB)
    with kit.core.database.writing(bob) as work:
        accounts.disable(work, bob, True)

    with pytest.raises(deletion.LastOperator):
        plan(kit, alice)


def test_who_has_become_the_last_operator_is_not_deleted_before_there_is_another_one(
    kit: Kit, logged: list[str]
) -> None:
    alice, bob = operators(kit, ALICE, BOB)
    plan(kit, alice)
    with kit.core.database.writing(bob) as work:
        accounts.disable(work, bob, True)
    kit.clock.forward(hours=72)
    sweep(kit)
    assert people(kit) == {ALICE: True, BOB: False}
    assert "the last operator's account is not deleted" in "".join(logged)

    operators(kit, EVE)
    sweep(kit)

    assert people(kit) == {BOB: False, EVE: False}


@pytest.mark.parametrize(("age", "early"), [(timedelta(hours=23, minutes=59), True), (timedelta(hours=24), False)])
def test_what_is_younger_than_a_day_deletes_nothing(age: timedelta, early: bool, kit: Kit) -> None:
    kit.account(numbers=(MOBILE,), age=age)
    visitor = kit.signed_in().get("/account/delete")

    assert ("This is not possible yet." in visitor.text) == early
    assert ("You can do it from March 12, 2026 at 9:01 AM." in visitor.text.replace("\u202f", " ")) == early
