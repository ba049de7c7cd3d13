"""Deleting an account at the moment in which somebody keeps it, signs in, or deletes it too."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from tests.support.accounts import make_operators
from tests.support.crowd import at_once
from tests.support.deletion import count_rows, delete_due, leaving, plan_deletion, start_session
from tests.support.kit import ALICE, BOB, NETWORK, PASSWORD, Kit
from trustweb import accounts, deletion
from trustweb.authentication import password_sign_in, sessions, step_up
from trustweb.authentication.passwords import Hasher
from trustweb.authentication.sessions import Visitor
from trustweb.authentication.sign_in import Browser, WrongNameOrPassword
from trustweb.models import SessionView
from trustweb.work import NOWHERE, Work


def keep(kit: Kit, session: SessionView) -> None:
    with kit.core.database.writing(session.account_id) as work:
        deletion.keep(work, session)


def test_two_sweeps_at_once_are_one(racing: Kit, logged: list[str]) -> None:
    plan_deletion(racing, racing.account().id)
    racing.account(BOB)
    racing.clock.forward(hours=72)

    at_once([lambda: deletion.delete_due(racing.core.database)] * 8)

    assert leaving(racing) == {BOB: False}
    lines = [line for line in logged if "deleted" in line]
    assert len(lines) == 1
    assert ALICE not in lines[0]


def test_a_sweep_and_a_keep_at_once_end_in_one_of_the_two(racing: Kit) -> None:
    for round in range(8):
        alice = racing.account()
        session = plan_deletion(racing, alice.id)
        racing.clock.forward(hours=72)

        at_once([partial(keep, racing, session), lambda: deletion.delete_due(racing.core.database)])
        assert leaving(racing) in ({}, {ALICE: False}), round
        racing.renew()


class Slow(Hasher):
    """Checks a password so slowly that a sweep comes in between."""

    kit: Kit

    def verify(self, stored: str | None, password: str, *, known_browser: bool) -> bool:
        right = super().verify(stored, password, known_browser=known_browser)
        delete_due(self.kit)
        return right


@pytest.fixture
def slow(racing: Kit) -> Slow:
    plan_deletion(racing, racing.account().id)
    racing.clock.forward(hours=72)
    hasher = Slow(racing.core.config)
    hasher.kit = racing
    return hasher


def test_a_sign_in_that_a_sweep_overtakes_is_one_to_an_unknown_account(slow: Slow) -> None:
    database, browser = slow.kit.core.database, Browser("browser", "family")

    with pytest.raises(WrongNameOrPassword):
        password_sign_in.with_password(
            database, slow, name=ALICE, password=PASSWORD, network=NETWORK, browser=browser, origin=NOWHERE
        )

    assert leaving(slow.kit) == {}


def test_a_password_for_a_change_after_the_sweep_is_wrong(slow: Slow) -> None:
    database = slow.kit.core.database
    with database.writing() as work:
        alice = accounts.find(work, ALICE)
        assert alice
        session, token = sessions.start(work, alice.id, stage=sessions.FULL, known_browser=True)
    delete_due(slow.kit)

    with pytest.raises(WrongNameOrPassword):
        step_up.check_password(database, slow, Visitor(session, alice, token), NETWORK, PASSWORD)  # type: ignore[arg-type]


def test_sign_ins_beside_a_sweep_are_let_in_before_it_or_refused(racing: Kit) -> None:
    alice = racing.account().id
    visitors = [racing.visitor().get("/sign-in") for _ in range(2)]
    plan_deletion(racing, alice)
    racing.clock.forward(hours=72)
    acts: list[Callable[[], object]] = [
        lambda each=each: each.submit("Sign In", account=ALICE, password=PASSWORD)  # type: ignore[misc]
        for each in visitors
    ]

    at_once([*acts, lambda: deletion.delete_due(racing.core.database)])

    assert {each.status for each in visitors} <= {200, 422}
    assert {each.get("/security").path for each in visitors} == {"/sign-in"}
    assert +count_rows(racing, alice) == Counter()


class Late:
    """A database whose sweep is overtaken by an owner who keeps the account."""

    def __init__(self, kit: Kit, session: SessionView) -> None:
        self.kit, self.session = kit, session
        self.reading = kit.core.database.reading

    @contextmanager
    def writing(self, account_id: int) -> Iterator[Work]:
        keep(self.kit, self.session)
        with self.kit.core.database.writing(account_id) as work:
            yield work


def test_who_keeps_an_account_that_a_sweep_is_about_to_delete_keeps_it(racing: Kit) -> None:
    session = plan_deletion(racing, racing.account().id)
    racing.clock.forward(hours=72)

    deletion.delete_due(Late(racing, session))  # type: ignore[arg-type]

    assert leaving(racing) == {ALICE: False}


def test_two_operators_who_go_at_once_do_not_count_on_each_other(racing: Kit) -> None:
    alice, bob = (start_session(racing, each) for each in make_operators(racing, ALICE, BOB))

    def go() -> None:
        with racing.core.database.writing(bob.account_id) as work:
            deletion.plan(work, bob)

    with ThreadPoolExecutor(1) as pool:
        with racing.core.database.writing(alice.account_id) as work:
            deletion.plan(work, alice)
            other = pool.submit(go)
            time.sleep(0.3)  # it waits for us, or it has counted on us by now
        with pytest.raises(deletion.LastOperator):
            other.result()
