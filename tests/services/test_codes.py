"""Codes, over HTTP: PKCE, a second use, and what a code is bound to (rules B1 to B5; B3 is a race)."""

from __future__ import annotations

import pytest

from tests.support.journal_kit import entries
from tests.support.kit import BOB, Kit
from tests.support.openid import VERIFIER, App, alice, challenge, give_app, open_session, said, userinfo
from trustweb.models import SignInSession

pytestmark = pytest.mark.slow

INVALID = (400, "invalid_grant")


@pytest.fixture
def app(kit: Kit) -> App:
    return give_app(kit)


@pytest.mark.parametrize(
    "verifier", ["w" * 43, "v" * 42, "v" * 129, "v" * 42 + "\n", challenge(), "ö" * 43, "v\0" * 30]
)
def test_b1_a_wrong_verifier_is_refused(kit: Kit, app: App, verifier: str) -> None:
    code = app.code(alice(kit)[1])

    assert app.exchange(code, code_verifier=verifier).status_code == 400
    assert app.exchange(code).status_code == 200


def test_b1_a_challenge_that_is_the_verifier_itself_is_not_accepted(kit: Kit, app: App) -> None:
    code = app.code(alice(kit)[1], code_challenge=VERIFIER)

    assert said(app.exchange(code)) == INVALID


def test_b2_a_challenge_without_verifier_is_refused(kit: Kit, app: App) -> None:
    assert said(app.exchange(app.code(alice(kit)[1]), code_verifier="")) == (400, "invalid_request")


def test_b2_a_verifier_without_challenge_is_refused(kit: Kit) -> None:
    app = give_app(kit, pkce="optional")
    code = app.code(alice(kit)[1], code_challenge="")

    assert said(app.exchange(code)) == (400, "invalid_request")
    assert app.exchange(code, code_verifier="").status_code == 200


def test_b2_a_code_without_challenge_is_refused_where_one_is_required(kit: Kit, app: App) -> None:
    code = app.code(alice(kit)[1], code_challenge="")

    assert said(app.exchange(code, code_verifier="")) == INVALID


def test_b4_a_second_use_ends_what_the_first_one_gave(kit: Kit, app: App) -> None:
    account, session = alice(kit)
    code = app.code(session)
    first = app.exchange(code).json

    assert said(app.exchange(code)) == INVALID

    assert userinfo(kit, first["access_token"]).status_code == 401
    assert said(app.refresh(first["refresh_token"])) == INVALID
    assert [each.event for each in entries(kit, account)] == ["service_replayed"]


def test_b4_a_second_use_after_a_minute_ends_them_too(kit: Kit, app: App) -> None:
    code = app.code(alice(kit)[1])
    first = app.exchange(code).json
    kit.clock.forward(seconds=90)

    assert said(app.exchange(code)) == INVALID
    assert userinfo(kit, first["access_token"]).status_code == 401


def test_b4_a_second_use_that_could_not_have_been_a_first_one_ends_nothing(kit: Kit, app: App) -> None:
    code = app.code(alice(kit)[1])
    first = app.exchange(code).json

    assert said(app.exchange(code, code_verifier="w" * 43)) == INVALID
    assert said(give_app(kit, "wiki").exchange(code)) == INVALID
    assert userinfo(kit, first["access_token"]).status_code == 200


def test_a_code_is_good_for_a_minute(kit: Kit, app: App) -> None:
    code = app.code(alice(kit)[1])
    kit.clock.forward(seconds=60)

    assert said(app.exchange(code)) == INVALID


def test_b5_a_code_is_bound_to_its_client(kit: Kit, app: App) -> None:
    code = app.code(alice(kit)[1])

    assert said(give_app(kit, "wiki").exchange(code)) == INVALID
    assert app.exchange(code).status_code == 200


@pytest.mark.parametrize("uri", ["", "https://photos.example.com/callback/", "https://photos.example.com/Callback"])
def test_b5_a_code_is_bound_to_its_redirect(kit: Kit, app: App, uri: str) -> None:
    assert said(app.exchange(app.code(alice(kit)[1]), redirect_uri=uri)) == INVALID


def test_b5_a_code_is_worth_nothing_once_its_session_has_ended(kit: Kit, app: App) -> None:
    session = alice(kit)[1]
    code = app.code(session)
    with kit.core.database.writing() as work:
        work.db.get_one(SignInSession, session.id).ended_at = work.now

    assert said(app.exchange(code)) == INVALID


def test_two_people_s_codes_give_each_their_own_tokens(kit: Kit, app: App) -> None:
    _, hers = alice(kit)
    his = open_session(kit, kit.account(BOB))

    names = [userinfo(kit, app.tokens(each)["access_token"]).json["email"] for each in (hers, his)]

    assert names == ["alice@example.com", BOB]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "nobody's\0"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "nobody's\0"}, "invalid_grant"),
    ],
)
def test_whatever_else_is_asked_is_refused(app: App, form: dict[str, str], error: str) -> None:
    assert said(app.ask("/token", **form)) == (400, error)
