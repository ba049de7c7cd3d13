"""Whoever has a token, over HTTP: where it may stand, who may ask about it, who may revoke it (rule C7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.kit import ALICE, Kit
from tests.support.openid import App, alice, give_app, said, userinfo, web
from trustweb.models import SessionView

pytestmark = pytest.mark.slow

SPA = "https://spa.example.com"


@pytest.fixture
def session(kit: Kit) -> SessionView:
    return alice(kit)[1]


@pytest.fixture
def app(kit: Kit) -> App:
    return give_app(kit, read_by=["reader"])


@pytest.fixture
def tokens(app: App, session: SessionView) -> dict[str, Any]:
    return app.tokens(session)


@pytest.mark.parametrize("where", [{"query_string": "access_token={}"}, {"method": "POST", "data": "access_token={}"}])
def test_c7_a_token_in_a_url_or_a_body_is_refused(kit: Kit, tokens: dict[str, Any], where: dict[str, str]) -> None:
    filled = {name: text.format(tokens["access_token"]) for name, text in where.items()}
    form = {"content_type": "application/x-www-form-urlencoded"} if "data" in filled else {}
    both = {"Authorization": f"Bearer {tokens['access_token']}"}

    assert said(web(kit, "/userinfo", **filled, **form)) == (400, "invalid_request")
    assert said(web(kit, "/userinfo", headers=both, **filled, **form)) == (400, "invalid_request")


def test_userinfo_is_told_to_a_post_too(kit: Kit, tokens: dict[str, Any]) -> None:
    headers = {"Authorization": f"bearer {tokens['access_token']}"}

    assert web(kit, "/userinfo", "POST", headers=headers).json["email"] == ALICE


def test_userinfo_without_a_token_says_what_is_wanted(kit: Kit) -> None:
    answer = web(kit, "/userinfo")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="services"')


@pytest.mark.parametrize("text", ["", "x", "h" * 22 + ".k." + "0" * 64, "é", "a b", "h" * 5000, "%00", "..", "=="])
def test_a_malformed_token_is_unknown(kit: Kit, app: App, text: str) -> None:
    answer = userinfo(kit, text)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert app.ask("/introspect", token=text or "-").json == {"active": False}


def test_a_token_with_another_mac_is_unknown(kit: Kit, tokens: dict[str, Any]) -> None:
    text = tokens["access_token"]
    other = text[:-1] + ("0" if text[-1] != "0" else "1")

    assert userinfo(kit, other).status_code == 401
    assert kit.database_text().count(text.rpartition(".")[2]) == 0


def test_a_token_without_openid_is_not_for_userinfo(kit: Kit, app: App, session: SessionView) -> None:
    answer = app.tokens(session, scope="email")

    assert "id_token" not in answer
    assert said(userinfo(kit, answer["access_token"])) == (403, "insufficient_scope")


def test_an_access_token_is_good_for_ten_minutes(kit: Kit, tokens: dict[str, Any]) -> None:
    kit.clock.forward(seconds=599)
    before = userinfo(kit, tokens["access_token"]).status_code
    kit.clock.forward(seconds=1)

    assert (before, userinfo(kit, tokens["access_token"]).status_code) == (200, 401)


def test_c7_a_service_hears_of_its_own_tokens(app: App, tokens: dict[str, Any]) -> None:
    told = app.introspect(tokens["access_token"])

    assert told["active"] is True
    assert (told["client_id"], told["scope"], told["username"]) == (app.client_id, tokens["scope"], ALICE)
    assert told["exp"] - told["iat"] == 600
    assert app.introspect(tokens["refresh_token"])["active"] is True


def test_c7_and_one_that_it_names_hears_too_and_a_third_one_nothing(kit: Kit, app: App, tokens: dict[str, Any]) -> None:
    reader, wiki = give_app(kit, "reader"), give_app(kit, "wiki")

    assert reader.introspect(tokens["access_token"])["username"] == ALICE
    assert wiki.introspect(tokens["access_token"]) == {"active": False}
    assert app.introspect("nobody's") == {"active": False}


def test_c7_of_others_it_hears_no_refresh_token(kit: Kit, app: App, tokens: dict[str, Any]) -> None:
    reader = give_app(kit, "reader")

    assert reader.introspect(tokens["refresh_token"]) == {"active": False}


@pytest.mark.parametrize("policy", [{"groups": ["family"]}, {"needs": "passkey"}])
def test_c7_nor_a_token_of_somebody_whom_it_would_not_let_in(
    kit: Kit, app: App, tokens: dict[str, Any], policy: dict[str, Any]
) -> None:
    reader = give_app(kit, "reader", **policy)

    assert reader.introspect(tokens["access_token"]) == {"active": False}


def test_c7_an_app_without_a_secret_may_not_ask(kit: Kit, tokens: dict[str, Any]) -> None:
    app = give_app(kit, "spa", public=True, read_by=["spa"])

    assert said(app.ask("/introspect", token=tokens["access_token"])) == (401, "invalid_client")


def test_a_spent_refresh_token_is_not_active(app: App, tokens: dict[str, Any]) -> None:
    app.refresh(tokens["refresh_token"])

    assert app.introspect(tokens["refresh_token"]) == {"active": False}


def test_a_revoked_access_token_is_over_and_its_refresh_token_is_not(kit: Kit, app: App, tokens: Any) -> None:
    assert app.ask("/revoke", token=tokens["access_token"]).status_code == 200

    assert userinfo(kit, tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_revoked_refresh_token_ends_all(kit: Kit, app: App, tokens: dict[str, Any]) -> None:
    second = app.refresh(tokens["refresh_token"]).json
    answer = app.ask("/revoke", token=second["refresh_token"], token_type_hint="a_kind_of_tomorrow")

    assert answer.status_code == 200
    assert said(app.refresh(second["refresh_token"])) == (400, "invalid_grant")
    assert userinfo(kit, tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("text", ["nobody's", "h" * 22 + ".k." + "0" * 64])
def test_revoking_what_is_unknown_is_fine(app: App, text: str) -> None:
    assert app.ask("/revoke", token=text).status_code == 200


def test_nobody_revokes_the_tokens_of_another_service(kit: Kit, app: App, tokens: dict[str, Any]) -> None:
    assert give_app(kit, "wiki").ask("/revoke", token=tokens["access_token"]).status_code == 200
    assert userinfo(kit, tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("path", ["/revoke", "/introspect"])
def test_whoever_asks_about_no_token_is_told(app: App, path: str) -> None:
    assert said(app.ask(path)) == (400, "invalid_request")
    assert said(app.ask(path, client_secret="wrong", token="x")) == (400, "invalid_client")


def allowed(answer: Any) -> str | None:
    """The origin whose pages may read the answer."""
    assert "Access-Control-Allow-Credentials" not in answer.headers
    return answer.headers.get("Access-Control-Allow-Origin")


def test_pages_of_an_app_without_a_secret_may_ask_and_no_others(kit: Kit, app: App) -> None:
    spa = give_app(kit, "spa", public=True, redirect_uris=[f"{SPA}/callback"])
    mine, theirs = {"Origin": SPA}, {"Origin": "https://photos.example.com"}

    assert allowed(spa.ask("/token", mine)) == SPA
    assert allowed(spa.ask("/token", theirs)) is None
    assert allowed(app.ask("/token", mine)) is None
    assert allowed(app.ask("/introspect", mine, token="x")) is None


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
def test_browsers_that_ask_first_are_answered(kit: Kit, path: str) -> None:
    give_app(kit, "spa", public=True, redirect_uris=[f"{SPA}/callback", "com.example.app:/callback"])
    first = {"Origin": SPA, "Access-Control-Request-Method": "POST"}
    answer = web(kit, path, "OPTIONS", headers=first)

    assert (answer.status_code, allowed(answer)) == (204, SPA)
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert allowed(web(kit, path, "OPTIONS", headers=first | {"Origin": "https://evil.example.com"})) is None
    assert allowed(web(kit, path, "OPTIONS", headers=first | {"Origin": "com.example.app://"})) is None


def test_userinfo_is_read_by_pages_of_its_own_app_only(kit: Kit, session: SessionView) -> None:
    spa = give_app(kit, "spa", public=True, redirect_uris=[f"{SPA}/callback"])
    give_app(kit, "other", public=True, redirect_uris=["https://other.example.com/callback"])
    token = spa.tokens(session)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}

    assert allowed(web(kit, "/userinfo", headers=bearer | {"Origin": SPA})) == SPA
    assert allowed(web(kit, "/userinfo", headers=bearer | {"Origin": "https://other.example.com"})) is None
