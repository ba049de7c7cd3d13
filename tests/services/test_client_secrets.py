"""Clients, over HTTP: one method a request, secrets as MACs, wrong ones counted by address (rules C1 to C3)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.kit import Kit
from tests.support.openid import EXCHANGE, App, alice, give_app, other_secret, web
from trustweb.services import client_secrets

pytestmark = pytest.mark.slow

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def app(kit: Kit) -> App:
    return give_app(kit)


@pytest.fixture
def code(kit: Kit, app: App) -> str:
    return app.code(alice(kit)[1])


def header(text: str | bytes, scheme: str = "Basic") -> dict[str, str]:
    raw = text.encode() if isinstance(text, str) else text
    return {"Authorization": f"{scheme} {base64.b64encode(raw).decode()}"}


def outcome(answer: Any) -> tuple[int, str, bool]:
    return answer.status_code, answer.json.get("error", ""), "WWW-Authenticate" in answer.headers


def test_c1_basic_is_a_method(app: App, code: str) -> None:
    assert app.ask("/token", app.basic(), code=code, **EXCHANGE).status_code == 200


def test_c1_basic_may_name_the_client_in_the_body_too(app: App, code: str) -> None:
    answer = app.ask("/token", app.basic(), code=code, client_id=app.client_id, **EXCHANGE)

    assert answer.status_code == 200


@pytest.mark.parametrize("more", [{"client_secret": "x"}, {"client_id": "somebody-else"}])
def test_c1_two_methods_at_once_are_refused(app: App, code: str, more: dict[str, str]) -> None:
    answer = app.ask("/token", app.basic(), code=code, **EXCHANGE, **more)

    assert outcome(answer) == (400, "invalid_request", False)


def test_c1_a_wrong_secret_in_a_header_is_answered_with_what_is_wanted(app: App, code: str) -> None:
    answer = app.ask("/token", app.basic("wrong"), code=code, **EXCHANGE)

    assert outcome(answer) == (401, "invalid_client", True)
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    "headers",
    [
        header("no colon"), header(b"\xff:\xff"), header("%ff:%ff"), header("a:b", "Bearer"), header(""),
        {"Authorization": "Basic ?"}, {"Authorization": "Basic"}, header("a\0:b"), header("ö:ö"), header(":"),
    ],
)  # fmt: skip
def test_c1_a_malformed_header_is_an_unknown_client(app: App, code: str, headers: dict[str, str]) -> None:
    assert outcome(app.ask("/token", headers, code=code, **EXCHANGE)) == (401, "invalid_client", True)


def test_c1_a_service_with_a_secret_has_to_give_it(app: App, code: str) -> None:
    answer = app.ask("/token", code=code, client_secret="", **EXCHANGE)

    assert outcome(answer) == (400, "invalid_client", False)


def test_c1_an_app_without_a_secret_gives_none(kit: Kit) -> None:
    app, (_, session) = give_app(kit, public=True), alice(kit)

    assert app.exchange(app.code(session)).status_code == 200
    assert outcome(app.exchange(app.code(session), client_secret="x")) == (400, "invalid_client", False)
    assert outcome(app.ask("/token", app.basic("x"), code="x", **EXCHANGE)) == (401, "invalid_client", True)


@pytest.mark.parametrize("path", ["/token", "/revoke", "/introspect"])
def test_c1_nothing_of_a_url_counts(app: App, code: str, path: str) -> None:
    fields = EXCHANGE | {"code": code, "client_id": app.client_id, "client_secret": app.secret}

    assert outcome(app.ask(f"{path}?client_id={app.client_id}", **EXCHANGE)) == (400, "invalid_request", False)
    assert web(app.kit, path, "POST", query_string=fields).json["error"] == "invalid_request"


def test_c1_a_repeated_parameter_is_refused(app: App, code: str) -> None:
    fields = EXCHANGE | {"client_id": app.client_id, "client_secret": app.secret, "code": [code, code]}

    assert outcome(web(app.kit, "/token", "POST", data=fields)) == (400, "invalid_request", False)


def test_c1_only_a_form_is_read(app: App, code: str) -> None:
    fields = EXCHANGE | {"client_id": app.client_id, "client_secret": app.secret, "code": code}
    large = fields | {"state": "x" * 20_000}

    assert outcome(web(app.kit, "/token", "POST", json=fields)) == (400, "invalid_request", False)
    assert outcome(web(app.kit, "/token", "POST", data=large)) == (400, "invalid_request", False)
    assert web(app.kit, "/token").status_code == 405


def test_c2_no_secret_is_stored_and_two_are_good_at_once(kit: Kit, app: App, code: str) -> None:
    newer = client_secrets.mac(kit.core.keys, app.client_id, "newer")
    app.change(secret_mac=newer, older_secret_mac=app.service.secret_mac)

    assert app.exchange(code, client_secret="newer").status_code == 200
    assert app.exchange(app.code(alice(kit, "bob@example.com")[1])).status_code == 200
    assert app.secret not in kit.database_text()


def test_c2_a_secret_is_its_own_client_s_alone(kit: Kit, app: App) -> None:
    wiki = give_app(kit, "wiki", secret_mac=app.service.secret_mac)

    assert wiki.ask("/introspect", token="x", client_secret=app.secret).status_code == 400


def test_c2_a_secret_under_a_key_that_was_taken_out_is_wrong(app: App, code: str) -> None:
    app.change(secret_mac=f"gone:{'0' * 64}")

    assert outcome(app.exchange(code)) == (400, "invalid_client", False)


def test_c3_wrong_secrets_are_counted_by_address_and_the_client_is_never_locked_out(app: App, code: str) -> None:
    wrong = [other_secret(app).ask("/token", where=HERE, **EXCHANGE).status_code for _ in range(22)]
    answer = other_secret(app).ask("/token", where=HERE, **EXCHANGE)

    assert wrong == [400] * 20 + [429] * 2
    assert int(answer.headers["Retry-After"]) <= 300
    assert other_secret(app).ask("/token", where=THERE, **EXCHANGE).status_code == 400
    assert app.ask("/token", where=HERE, code=code, **EXCHANGE).status_code == 200
