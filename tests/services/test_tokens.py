"""A code for tokens, over HTTP: the exchange, the ID token, userinfo, discovery, the published keys."""

from __future__ import annotations

import base64
import hashlib
import logging

import jwt
import pytest

from tests.support.kit import Kit
from tests.support.openid import CONFIGURATION, JWKS, alice, give_app, userinfo, web

TOKENS = ("access_token", "refresh_token", "id_token")


def test_a_code_is_exchanged_for_tokens(kit: Kit) -> None:
    app, (_, session) = give_app(kit), alice(kit)

    answer = app.exchange(app.code(session))

    assert answer.status_code == 200, answer.text
    assert {"access_token", "id_token", "refresh_token", "token_type", "expires_in", "scope"} == set(answer.json)
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store"


def test_d1_the_id_token_says_who_and_how_and_is_signed_with_a_published_key(kit: Kit) -> None:
    app, (_, session) = give_app(kit), alice(kit)

    answer = app.tokens(session)

    claims, hashed = app.claims(answer["id_token"]), hashlib.sha256(answer["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    assert set(claims) == {
        "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
    }  # fmt: skip
    assert (claims["iss"], claims["nonce"]) == ("http://localhost:8000", "n-0")
    assert (claims["iat"], claims["exp"] - claims["iat"]) == (int(kit.clock.now.timestamp()), 600)
    assert jwt.get_unverified_header(answer["id_token"])["alg"] == "RS256"


def test_userinfo_says_what_the_scopes_are_for(kit: Kit) -> None:
    app, (account, session) = give_app(kit), alice(kit)

    everything = userinfo(kit, app.tokens(session)["access_token"]).json
    little = userinfo(kit, app.tokens(session, scope="openid")["access_token"]).json

    assert little == {"sub": everything["sub"]}
    assert everything == {
        "sub": little["sub"], "name": account.name, "preferred_username": account.name, "locale": "en",
        "zoneinfo": "UTC", "updated_at": int(kit.clock.now.timestamp()), "email": account.name,
        "email_verified": False, "groups": [],
    }  # fmt: skip


def test_no_token_is_logged_however_much_is(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    app, (_, session) = give_app(kit), alice(kit)
    caplog.set_level(logging.DEBUG)
    code = app.code(session)

    answer = app.exchange(code).json
    again = app.refresh(answer["refresh_token"]).json

    tokens = [answer[name] for name in TOKENS] + [again[name] for name in TOKENS]
    said = [code, app.secret, *tokens]
    assert [each for each in said if each in caplog.text] == []


def test_discovery_names_the_addresses(kit: Kit) -> None:
    answer = web(kit, CONFIGURATION)

    assert answer.json["issuer"] == "http://localhost:8000"
    assert answer.json["token_endpoint"] == "http://localhost:8000/token"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_keys_are_published_once_there_is_an_app_and_without_their_private_half(kit: Kit) -> None:
    before = web(kit, JWKS).json
    give_app(kit)

    (key,) = web(kit, JWKS).json["keys"]

    assert before == {"keys": []}
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert "PRIVATE" not in kit.database_text()
