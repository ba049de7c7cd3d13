"""The end of a session ends what it opened at services, and each app that wants to hear of it is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.accounts import account_command
from tests.support.deletion import delete_due, plan_deletion
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.notices import say_not_me
from tests.support.service_endings import (
    ALL,
    KEPT,
    NONE,
    There,
    add_service,
    come,
    consent,
    consents,
    opens,
    session_by,
    told,
)
from tests.support.statements import executed, statements_of
from trustweb import endings, factors
from trustweb.authentication import sessions, sign_in
from trustweb.factors import trusted_devices, trusted_numbers
from trustweb.models import Account, Factor, SessionView
from trustweb.recovery import renewal
from trustweb.work import Work


@dataclass
class People:
    """Alice, in the session ``here`` and in ``there``, each proved by another phone; from both she is at Photos."""

    kit: Kit
    account: Account
    here: SessionView
    there: SessionView
    from_here: There
    from_there: There

    def do(self, act: Callable[[Work], object]) -> None:
        with self.kit.core.database.writing(self.account.id) as work:
            act(work)


@pytest.fixture
def people(kit_now: Kit) -> People:
    account = kit_now.account(numbers=(MOBILE, OTHER_MOBILE))
    with kit_now.core.database.writing() as work:
        for each, label in zip(work.db.scalars(select(Factor).order_by(Factor.id)), ("mine", "other"), strict=True):
            each.label = label
    photos = add_service(kit_now)
    here, there = session_by(kit_now, account.id, "mine"), session_by(kit_now, account.id, "other", "lost")
    return People(kit_now, account, here, there, come(kit_now, here, photos), come(kit_now, there, photos))


def remove_number(people: People) -> None:
    with people.kit.core.database.reading() as work:
        public_id = work.execute(select(Factor.public_id).where(Factor.label == "other")).scalar_one()
    people.do(lambda work: trusted_numbers.remove(work, people.here, public_id))


def remove_device(people: People) -> None:
    people.do(lambda work: trusted_devices.trust(work, people.there, "Lost phone"))
    people.kit.clock.forward(days=2)
    people.here = session_by(people.kit, people.account.id, "mine")
    with people.kit.core.database.reading() as work:
        public_id = work.execute(select(Factor.public_id).where(Factor.label == "Lost phone")).scalar_one()
    people.do(lambda work: trusted_devices.remove(work, people.here, public_id))


def turn_two_factor_on(people: People) -> None:
    people.do(lambda work: work.db.execute(update(Account).values(two_factor_since=None)))
    people.do(lambda work: factors.turn_two_factor_on(work, people.here))


def delete_account(people: People) -> None:
    plan_deletion(people.kit, people.account.id)
    people.kit.clock.forward(hours=72)
    delete_due(people.kit)


OF_ONE: dict[str, Callable[[People], object]] = {
    "its denied step-up": lambda people: people.do(lambda work: endings.DENIED.end(work, session=people.there.id)),
    "signing out the others": lambda people: people.do(lambda work: sessions.sign_out_others(work, people.here)),
    "the removal of the number that proved it": remove_number,
    "the removal of its device": remove_device,
    "two-factor": turn_two_factor_on,
}
OF_ALL: dict[str, Callable[[People], object]] = {
    "a new password": lambda people: people.do(
        lambda work: sign_in.store_password(work, people.account.id, "new", keep_session=people.here.id)
    ),
    "the operator's password": lambda people: people.do(lambda work: sign_in.set_password(work, people.account.id, "")),
    "not me": lambda people: say_not_me(people.kit, people.account),
    "a disabled account": lambda people: account_command(people.kit, "disable", ALICE),
    "an account that was disabled for a while": lambda people: [
        account_command(people.kit, "disable", ALICE, *undo) for undo in ([], ["--undo"])
    ],
    "recovery": lambda people: people.do(lambda work: renewal.begin_anew(work, people.account.id, "new", "browser")),
    "deletion": delete_account,
}


def test_at_first_everything_opens(people: People) -> None:
    assert opens(people.kit, people.from_here) == opens(people.kit, people.from_there) == ALL
    assert told(people.kit) == []


@pytest.mark.parametrize("way", OF_ONE)
def test_a_session_takes_along_what_it_opened(people: People, way: str) -> None:
    OF_ONE[way](people)

    assert opens(people.kit, people.from_there) == NONE
    assert opens(people.kit, people.from_here)["grant"]
    assert told(people.kit) == [people.from_there.sid]


@pytest.mark.parametrize("way", OF_ALL)
def test_an_account_takes_everything_along(people: People, way: str) -> None:
    OF_ALL[way](people)

    assert opens(people.kit, people.from_here) == opens(people.kit, people.from_there) == NONE
    assert sorted(told(people.kit)) == sorted([people.from_here.sid, people.from_there.sid])


def test_signing_out_leaves_a_grant_that_was_made_to_outlive_it(people: People) -> None:
    people.do(lambda work: sessions.sign_out(work, people.there))

    assert opens(people.kit, people.from_there) == KEPT
    assert opens(people.kit, people.from_here) == ALL
    assert told(people.kit) == [people.from_there.sid]


def test_a_grant_that_outlived_its_session_ends_with_the_others(people: People) -> None:
    people.do(lambda work: sessions.sign_out(work, people.there))
    people.do(lambda work: sessions.sign_out_others(work, people.here))

    assert opens(people.kit, people.from_there) == NONE
    assert opens(people.kit, people.from_here) == ALL
    assert told(people.kit) == [people.from_there.sid]


def test_a_grant_of_a_removed_number_stays_ended_when_that_is_restored(people: People) -> None:
    with people.kit.core.database.reading() as work:
        public_id = work.execute(select(Factor.public_id).where(Factor.label == "other")).scalar_one()
    remove_number(people)

    people.do(lambda work: trusted_numbers._ENROLMENT.restore(work, people.here, public_id))

    assert opens(people.kit, people.from_there) == NONE


def test_what_the_removed_number_proved_ends_in_the_session_that_removes_it_too(people: People) -> None:
    service = add_service(people.kit, "wiki")
    proved = come(people.kit, session_by(people.kit, people.account.id, "other"), service)

    remove_number(people)

    assert opens(people.kit, proved) == NONE


def test_a_person_who_comes_again_after_the_new_password_is_in(people: People) -> None:
    OF_ALL["a new password"](people)
    people.kit.clock.forward(seconds=1)

    assert opens(people.kit, come(people.kit, people.here, add_service(people.kit, "wiki"))) == ALL


def test_other_people_stay(people: People) -> None:
    bob = people.kit.account(BOB)
    his = come(people.kit, session_by(people.kit, bob.id), add_service(people.kit, "wiki"))

    people.do(lambda work: sessions.sign_out_others(work, people.here))
    people.do(lambda work: endings.end_all(work, people.account.id))

    assert opens(people.kit, his) == ALL


def test_an_app_that_wants_to_hear_nothing_is_told_nothing(people: People) -> None:
    come(people.kit, people.here, add_service(people.kit, "wiki", logout_uri=None))

    people.do(lambda work: sessions.sign_out(work, people.here))

    assert told(people.kit) == [people.from_here.sid]


def test_an_app_is_told_once(people: People) -> None:
    for _ in range(2):
        people.do(lambda work: sessions.sign_out(work, people.there))
    OF_ALL["a disabled account"](people)

    assert told(people.kit) == [people.from_there.sid, people.from_here.sid]


def test_a_reported_change_takes_back_young_consents_only(people: People) -> None:
    for name, days in (("photos", 30), ("wiki", 0)):
        service = add_service(people.kit, name) if name == "wiki" else None
        access = come(people.kit, people.here, service) if service else people.from_here
        consent(people.kit, access, people.kit.clock.now - timedelta(days=days))

    OF_ALL["not me"](people)

    assert consents(people.kit) == ["profile", ""]


@pytest.mark.parametrize("way", ["signing out the others", "the removal of its device", "a new password"])
def test_no_table_of_services_is_read_whole(people: People, way: str) -> None:
    with executed(people.kit.core.database) as statements:
        (OF_ONE | OF_ALL)[way](people)

    ours = [each.sql for each in statements if re.match("(UPDATE|INSERT INTO) (service_|delivery)", each.sql)]
    with people.kit.core.database.reading() as work:
        for sql in ours:
            plan = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?"))
            assert not [row.detail for row in plan if row.detail.startswith("SCAN")], sql
    assert len(ours) >= 2


def test_a_sign_out_where_nobody_is_at_a_service_pays_one_look(kit: Kit) -> None:
    session = session_by(kit, kit.account().id)

    def sign_out() -> None:
        with kit.core.database.writing(session.account_id) as work:
            sessions.sign_out(work, session)

    asked = statements_of(kit, sign_out)
    assert len([each for each in asked if "service" in each.split("WHERE")[0]]) == 1
