"""Endings at the moment in which somebody comes to a service, refreshes, or ends it too: nothing outlives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.support.crowd import at_once
from tests.support.kit import Kit
from tests.support.openid import App, alice, give_app, userinfo
from tests.support.service_endings import HEARS_AT, NONE, There, add_service, come, opens, session_by, told
from trustweb import endings
from trustweb.authentication import sessions
from trustweb.models import SessionView
from trustweb.services import endings as endings_at_services
from trustweb.work import Work

ROUNDS = range(6)


def act(kit: Kit, session: SessionView, what: Callable[[Work], object]) -> None:
    with kit.core.database.writing(session.account_id) as work:
        what(work)


def end_session(session: SessionView, work: Work) -> None:
    sessions.sign_out(work, session)


def end_account(session: SessionView, work: Work) -> None:
    endings.end_all(work, session.account_id)


def end_others(session: SessionView, work: Work) -> None:
    sessions.end(work, session.id)
    endings.OTHERS.end(work, account=session.account_id, keep=0)


@pytest.mark.parametrize("end", [end_session, end_account, end_others])
def test_nothing_that_began_at_that_moment_stays_open(racing: Kit, end: Callable[..., None]) -> None:
    account, service = racing.account(), add_service(racing)
    for _ in ROUNDS:
        racing.clock.forward(seconds=1)  # else the account's ending a round ago is at this very moment
        session = session_by(racing, account.id)
        come(racing, session, service)
        began: list[There] = []

        at_once([
            lambda: began.append(come(racing, session, service)),  # noqa: B023
            partial(act, racing, session, partial(end, session)),
        ])  # fmt: skip

        left = opens(racing, began[0])
        assert not left["app"]
        assert not left["site"]


@pytest.fixture
def photos(racing: Kit) -> App:
    return give_app(racing, logout_uri=HEARS_AT)


@pytest.mark.parametrize("end", [end_session, end_account, end_others])
def test_a_code_that_is_exchanged_at_that_moment_opens_nothing(
    racing: Kit, photos: App, end: Callable[..., None]
) -> None:
    account, session = alice(racing)
    for _ in ROUNDS:
        racing.clock.forward(seconds=1)
        session = session_by(racing, account.id)
        code, answers = photos.code(session), []

        at_once([
            lambda: answers.append(photos.exchange(code)),  # noqa: B023
            partial(act, racing, session, partial(end, session)),
        ])  # fmt: skip

        if answers[0].status_code == 200:
            assert userinfo(racing, answers[0].json["access_token"]).status_code == 401
            assert photos.refresh(answers[0].json["refresh_token"]).status_code == 400


@pytest.mark.parametrize("end", [end_account, end_others])
def test_an_offline_grant_that_is_refreshed_at_that_moment_is_over(
    racing: Kit, photos: App, end: Callable[..., None]
) -> None:
    account, session = alice(racing)
    for _ in ROUNDS:
        racing.clock.forward(seconds=1)
        session = session_by(racing, account.id)
        token = photos.tokens(session, scope="openid offline_access")["refresh_token"]
        answers = []

        at_once([
            lambda: answers.append(photos.refresh(token)),  # noqa: B023
            partial(act, racing, session, partial(end, session)),
        ])  # fmt: skip

        newest = answers[0].json.get("refresh_token", token)
        assert photos.refresh(newest).status_code == 400


def test_an_app_is_told_once_however_many_end_it(racing: Kit) -> None:
    account, service = racing.account(), add_service(racing)
    session = session_by(racing, account.id)
    there = come(racing, session, service)
    ways = [
        partial(end_session, session), partial(end_account, session), partial(end_others, session),
        lambda work: endings_at_services.end(work, account.id, service.id),
    ]  # fmt: skip

    at_once([partial(act, racing, session, way) for way in ways * 2])

    assert told(racing) == [there.sid]
    assert opens(racing, there) == NONE
