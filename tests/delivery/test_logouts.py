"""Logouts in the outbox: sent to where the operator wants them now, tried again for a day, whatever else is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, select, update

from tests.support.app_listener import AppListener
from tests.support.kit import Kit
from tests.support.service_endings import add_service, come, session_by
from trustweb import deletion
from trustweb.authentication import sessions
from trustweb.delivery import logouts, outbox
from trustweb.delivery.apps import Apps
from trustweb.delivery.logouts import Logout
from trustweb.delivery.worker import Sender
from trustweb.models import Delivery, Service


class Photos:
    """An app, Alice in it, and a worker."""

    def __init__(self, kit: Kit, app: AppListener) -> None:
        self.kit, self.app = kit, app
        self.account = kit.account()
        self.service = add_service(kit, logout_uri=app.uri)
        self.session = session_by(kit, self.account.id)
        self.there = come(kit, self.session, self.service)
        self.worker = Sender(kit.core.database, kit.core.routes, apps=Apps(self.sign))
        self.slow = threading.Event()
        self.slow.set()

    def sign(self, logout: Logout) -> str:
        assert self.slow.wait(10)
        return f"{logout.client_id} {logout.sid} {logout.sub}"

    def sign_out(self) -> None:
        with self.kit.core.database.writing(self.account.id) as work:
            sessions.sign_out(work, self.session)

    def change(self, statement) -> None:
        with self.kit.core.database.writing() as work:
            work.db.execute(statement)

    def deliver(self, by: Callable[[int], None] | None = None) -> None:
        with self.kit.core.database.reading() as work:
            ids = list(outbox.due(work))
        for each in ids:
            (by or self.worker.deliver)(each)

    @property
    def states(self) -> list[tuple[str, str]]:
        with self.kit.core.database.reading() as work:
            rows = work.execute(select(Delivery.state, Delivery.reason).where(Delivery.kind == logouts.LOGOUT))
            return [tuple(each) for each in rows]

    @property
    def told(self) -> dict[str, str]:
        return {"logout_token": f"client-photos {self.there.sid} {self.there.sub}", "path": "/logout?tenant=a"}


@pytest.fixture
def photos(kit: Kit) -> Iterator[Photos]:
    with AppListener() as app:
        yield Photos(kit, app)


def test_an_app_hears_what_has_ended(photos: Photos) -> None:
    photos.sign_out()
    photos.deliver()

    assert photos.app.heard == [photos.told]
    assert photos.states == [("delivered", "")]


def test_a_worker_is_woken_after_the_commit(photos: Photos) -> None:
    woken: list[int] = []
    photos.kit.core.database.wake = woken.append

    photos.sign_out()

    assert len(woken) == 1
    photos.worker.deliver(woken[0])
    assert photos.app.heard == [photos.told]


def test_it_is_tried_again_for_a_day(photos: Photos) -> None:
    photos.app.answers = [500] * 100
    photos.sign_out()
    tries = 0
    while photos.states[0][0] == "queued":
        photos.deliver()
        tries = len(photos.app.heard)
        photos.kit.clock.forward(seconds=10)

    assert 20 < tries < 40
    assert photos.states == [("failed", "http-500")]


def test_it_comes_through_at_a_later_try(photos: Photos) -> None:
    photos.app.answers = [503]
    photos.sign_out()
    photos.deliver()
    assert photos.states == [("queued", "http-503")]

    photos.kit.clock.forward(seconds=10)
    photos.deliver()

    assert photos.app.heard == [photos.told] * 2
    assert photos.states == [("delivered", "")]


def test_an_app_that_refuses_the_token_is_not_asked_again(photos: Photos) -> None:
    photos.app.answers = [400]
    photos.sign_out()
    photos.deliver()

    assert photos.states == [("failed", "http-400")]


def test_it_goes_to_where_the_operator_wants_it_now(photos: Photos) -> None:
    photos.sign_out()
    photos.change(update(Service).values(logout_uri=photos.app.uri.replace("tenant=a", "tenant=b")))
    photos.deliver()

    assert photos.app.heard == [photos.told | {"path": "/logout?tenant=b"}]


@pytest.mark.parametrize("change", [delete(Service), update(Service).values(logout_uri=None)])
def test_a_service_that_is_gone_or_deaf_hears_nothing(photos: Photos, change: object) -> None:
    photos.sign_out()
    photos.change(change)
    photos.deliver()

    assert photos.app.heard == []
    assert photos.states == [("dropped", "")]


def test_it_outlives_the_account(photos: Photos) -> None:
    with photos.kit.core.database.writing(photos.account.id) as work:
        deletion.plan(work, photos.session)
    photos.kit.clock.forward(hours=73)
    deletion.delete_due(photos.kit.core.database)
    photos.deliver()

    assert photos.app.heard == [photos.told]


def test_it_survives_a_worker_that_dies(photos: Photos) -> None:
    photos.sign_out()
    with photos.kit.core.database.writing() as work:
        assert outbox.take(work, outbox.due(work)[0])

    photos.deliver()
    assert photos.app.heard == []
    photos.kit.clock.forward(seconds=photos.kit.core.config.lease + 1)
    photos.deliver()

    assert photos.app.heard == [photos.told]


def test_a_slow_app_holds_up_no_worker(photos: Photos) -> None:
    photos.slow.clear()
    photos.sign_out()

    photos.deliver(photos.worker.deliver_patiently)

    assert photos.app.heard == []
    photos.slow.set()
    photos.worker.finish()
    assert photos.states == [("delivered", "")]


def test_one_app_cannot_use_up_the_sends_of_others(photos: Photos) -> None:
    photos.slow.clear()
    for _ in range(9):
        photos.session = session_by(photos.kit, photos.account.id)
        come(photos.kit, photos.session, photos.service)
        photos.sign_out()
    photos.deliver(photos.worker.deliver_patiently)
    assert [reason for _, reason in photos.states] == [""] * 8 + ["busy"]

    with AppListener() as other:
        photos.session = session_by(photos.kit, photos.account.id)
        come(photos.kit, photos.session, add_service(photos.kit, "wiki", logout_uri=other.uri))
        photos.sign_out()
        photos.slow.set()
        photos.deliver(photos.worker.deliver_patiently)
        photos.worker.finish()

        assert len(other.heard) == 1


def test_logs_name_neither_the_person_nor_the_app(photos: Photos, logged: list[str]) -> None:
    photos.app.answers = [500]
    photos.sign_out()
    photos.deliver()

    said = "\n".join(logged)
    assert "not sent: http-500" in said
    assert photos.there.sub not in said
    assert photos.there.sid not in said


def test_it_is_forgotten_after_a_week(photos: Photos) -> None:
    photos.sign_out()
    photos.deliver()
    photos.kit.clock.forward(days=7, minutes=1)

    with photos.kit.core.database.writing() as work:
        logouts.forget_old(work)

    assert photos.states == []
