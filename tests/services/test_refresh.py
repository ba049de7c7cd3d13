"""Refresh tokens, over HTTP: each is good once, looks again at everything, and never gives more (rules C4 to C6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.journal_kit import journal_events
from tests.support.kit import ALICE, BOB, Kit
from tests.support.openid import App, alice, give_app, open_session, said, userinfo
from trustweb import accounts
from trustweb.models import (
    Account,
    AccountGroup,
    Factor,
    ServiceAccess,
    ServiceSession,
    ServiceToken,
    SessionView,
    SignInSession,
)
from trustweb.work import Work

pytestmark = pytest.mark.slow

INVALID = (400, "invalid_grant")
OFFLINE = "openid offline_access"


@pytest.fixture
def app(kit: Kit) -> App:
    return give_app(kit, groups=["family"])


@pytest.fixture
def session(kit: Kit) -> SessionView:
    account, session = alice(kit)
    with kit.core.database.writing() as work:
        work.db.add(AccountGroup(account_id=account.id, name="family"))
    return session


@pytest.fixture
def first(app: App, session: SessionView) -> dict[str, Any]:
    return app.tokens(session)


def dead(app: App, *answers: dict[str, Any]) -> bool:
    """Ask whether nothing that these answers gave is good for anything."""
    access = [userinfo(app.kit, each["access_token"]).status_code for each in answers]
    return set(access) == {401} and {said(app.refresh(each["refresh_token"])) for each in answers} == {INVALID}


def test_c4_a_refresh_token_is_exchanged_for_the_next_one(kit: Kit, app: App, first: dict[str, Any]) -> None:
    second = app.refresh(first["refresh_token"]).json
    third = app.refresh(second["refresh_token"])

    assert third.status_code == 200
    assert len({each["refresh_token"] for each in (first, second, third.json)}) == 3
    assert userinfo(kit, third.json["access_token"]).status_code == 200
    assert "nonce" not in app.claims(third.json["id_token"])


def test_c4_a_client_that_lost_the_answer_gets_the_same_successor_again(app: App, first: dict[str, Any]) -> None:
    second = app.refresh(first["refresh_token"]).json
    app.kit.clock.forward(seconds=9)
    again = app.refresh(first["refresh_token"]).json

    assert again["refresh_token"] == second["refresh_token"]
    assert again["access_token"] != second["access_token"]
    assert app.refresh(again["refresh_token"]).status_code == 200


def test_c4_once_the_successor_was_used_a_second_use_ends_all(kit: Kit, app: App, first: dict[str, Any]) -> None:
    second = app.refresh(first["refresh_token"]).json
    third = app.refresh(second["refresh_token"]).json

    assert said(app.refresh(first["refresh_token"])) == INVALID
    assert dead(app, first, second, third)
    assert journal_events(kit) == ["service_replayed"]


def test_c4_after_ten_seconds_a_second_use_ends_all(app: App, first: dict[str, Any]) -> None:
    second = app.refresh(first["refresh_token"]).json
    app.kit.clock.forward(seconds=10)

    assert said(app.refresh(first["refresh_token"])) == INVALID
    assert dead(app, first, second)


@pytest.mark.parametrize("path", ["/token", "/revoke"])
def test_the_account_that_is_held_is_that_of_the_token_whatever_else_is_named(
    kit: Kit, app: App, session: SessionView, first: dict[str, Any], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"code": app.code(open_session(kit, kit.account(BOB)))}
    mine = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "token": first["access_token"]}
    database, held = kit.core.database, []
    writing = database.writing
    monkeypatch.setattr(database, "writing", lambda *whose, **how: held.append(whose[0]) or writing(*whose, **how))

    assert app.ask(path, **mine, **other).status_code == 200
    assert held == [session.account_id]


def test_c4_an_app_without_a_secret_never_gets_a_second_one(kit: Kit, session: SessionView) -> None:
    app = give_app(kit, "phone", public=True)
    first = app.tokens(session, scope=OFFLINE)
    second = app.refresh(first["refresh_token"]).json

    assert said(app.refresh(first["refresh_token"])) == INVALID
    assert dead(app, first, second)


def test_an_app_without_a_secret_gets_one_only_for_offline_access(kit: Kit, session: SessionView) -> None:
    assert "refresh_token" not in give_app(kit, "phone", public=True).tokens(session)


def test_c4_another_client_s_use_neither_gives_nor_ends_anything(kit: Kit, app: App, first: dict[str, Any]) -> None:
    assert said(give_app(kit, "wiki").refresh(first["refresh_token"])) == INVALID
    assert app.refresh(first["refresh_token"]).status_code == 200


def test_an_access_token_is_no_refresh_token_and_the_reverse(kit: Kit, app: App, first: dict[str, Any]) -> None:
    assert said(app.refresh(first["access_token"])) == INVALID
    assert userinfo(kit, first["refresh_token"]).status_code == 401


LOSSES: dict[str, Callable[[Work], object]] = {
    "the account": lambda work: accounts.disable(work, 1, True),
    "its time before": lambda work: work.db.execute(update(Account).values(services_end_before=work.now)),
    "the access": lambda work: work.db.execute(ServiceAccess.__table__.delete()),
    "the group": lambda work: work.db.execute(AccountGroup.__table__.delete()),
    "the session": lambda work: work.db.execute(update(SignInSession).values(ended_at=work.now)),
    "the service session": lambda work: work.db.execute(update(ServiceSession).values(ended_at=work.now)),
    "what proved it": lambda work: work.db.execute(update(ServiceSession).values(by_factor=True)),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_c5_a_refresh_and_a_look_want_what_the_code_wanted(kit: Kit, session: SessionView, loss: str) -> None:
    app = give_app(kit, groups=["family"])
    first, waiting = app.tokens(session), app.code(session)
    with kit.core.database.writing() as work:
        LOSSES[loss](work)

    assert said(app.refresh(first["refresh_token"])) == INVALID
    assert userinfo(kit, first["access_token"]).status_code == 401
    assert app.introspect(first["access_token"]) == {"active": False}
    # What ended a service session, or what proved that one, does not keep the person from the next one.
    if loss not in {"the service session", "what proved it"}:
        assert said(app.exchange(waiting)) == INVALID


CHANGES = [{"needs": "two-factor"}, {"needs": "passkey"}, {"groups": ["staff"]}, {"asks_consent": True}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_c5_what_the_service_wants_now_counts(kit: Kit, app: App, session: SessionView, change: dict[str, Any]) -> None:
    first, waiting = app.tokens(session), app.code(session)
    app.change(**change)

    assert said(app.refresh(first["refresh_token"])) == INVALID
    assert userinfo(kit, first["access_token"]).status_code == 401
    assert said(app.exchange(waiting)) == INVALID


def test_c5_a_withdrawn_consent_ends_it(kit: Kit, session: SessionView) -> None:
    app = give_app(kit, asks_consent=True)
    code = app.code(session)
    consent = update(ServiceAccess).values(scopes="openid profile email groups", consented_at=kit.clock.now)
    with kit.core.database.writing() as work:
        work.db.execute(consent)
    first = app.exchange(code).json
    with kit.core.database.writing() as work:
        work.db.execute(consent.values(scopes="openid"))

    assert said(app.refresh(first["refresh_token"])) == INVALID
    assert userinfo(kit, first["access_token"]).status_code == 401


def test_c5_a_removed_factor_ends_what_it_proved(kit: Kit, app: App, session: SessionView, first: Any) -> None:
    with kit.core.database.writing() as work:
        factor = kit.factor(work, work.db.get_one(Account, session.account_id), "trusted_number")
        work.db.execute(update(ServiceSession).values(by_factor=True, proved_by=factor.id))
    before = userinfo(kit, first["access_token"]).status_code
    with kit.core.database.writing() as work:
        work.db.execute(update(Factor).values(removed_at=work.now))

    assert (before, userinfo(kit, first["access_token"]).status_code) == (200, 401)


def test_an_idle_session_here_ends_nothing_there_but_its_own_idle_time_does(app: App, first: dict[str, Any]) -> None:
    app.kit.clock.forward(hours=23)
    second = app.refresh(first["refresh_token"]).json
    app.kit.clock.forward(hours=23)
    third = app.refresh(second["refresh_token"]).json
    app.kit.clock.forward(hours=25)

    assert said(app.refresh(third["refresh_token"])) == INVALID


def test_without_offline_access_nothing_outlives_the_service_session(kit: Kit, app: App, first: dict[str, Any]) -> None:
    with kit.core.database.reading() as work:
        ends = {each.expires_at for each in work.db.query(ServiceToken).filter_by(kind="refresh")}
        assert ends == {each.expires_at for each in work.db.query(ServiceSession)}


def test_offline_access_lives_on_for_thirty_days_after_each_use(kit: Kit, app: App, session: SessionView) -> None:
    token = app.tokens(session, scope=OFFLINE)["refresh_token"]
    for _ in range(3):
        kit.clock.forward(days=29)
        token = app.refresh(token).json["refresh_token"]
    kit.clock.forward(days=30)

    assert said(app.refresh(token)) == INVALID


def test_offline_access_ends_with_the_account_all_the_same(kit: Kit, app: App, session: SessionView) -> None:
    first = app.tokens(session, scope=OFFLINE)
    kit.clock.forward(days=20)
    second = app.refresh(first["refresh_token"]).json
    with kit.core.database.writing() as work:
        account = accounts.find(work, ALICE)
        assert account
        account.services_end_before = work.now - timedelta(days=1)

    assert dead(app, second)


def test_c6_a_scope_only_narrows(kit: Kit, app: App, first: dict[str, Any]) -> None:
    second = app.refresh(first["refresh_token"], scope="openid").json
    third = app.refresh(second["refresh_token"], scope=" email  openid ").json

    assert userinfo(kit, second["access_token"]).json.keys() == {"sub"}
    assert (second["scope"], third["scope"]) == ("openid", "email openid")
    assert said(app.refresh(third["refresh_token"], scope=OFFLINE)) == (400, "invalid_scope")
    assert app.refresh(third["refresh_token"]).json["scope"] == first["scope"]
