"""OpenID's Basic OP plan: codes that come twice, addresses that nobody registered, request objects, refresh tokens."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from tests.support import openid
from tests.support.conformance import CONSENT, NO_PKCE, Suite
from tests.support.openid import said
from tests.support.relying_party import CALLBACK, App, add_service

INVALID_GRANT = (400, "invalid_grant")


def unsigned(values: dict[str, str]) -> str:
    """Return a request object that nobody signed."""
    parts = ({"alg": "none"}, values)
    return "".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") + "." for each in parts)


def test_oidcc_codereuse(suite: Suite) -> None:
    code = suite.ask()["code"]
    first = suite.exchange(code)

    assert first.status_code == 200
    assert said(suite.exchange(code)) == INVALID_GRANT


def test_oidcc_codereuse_30seconds(suite: Suite) -> None:
    flow = suite.flow()
    suite.kit.clock.forward(seconds=30)

    assert said(suite.exchange(flow.answer["code"])) == INVALID_GRANT
    assert openid.userinfo(suite.kit, flow.access_token).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(suite: Suite) -> None:
    visitor = suite.app.send(suite.browser, **NO_PKCE, redirect_uri=f"{CALLBACK}/YwP3bn8Qe1")

    assert (visitor.status, visitor.left) == (400, "")
    assert "address" in visitor.text


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    # Refused by name, after which the suite skips: a site that fetches what a link names is sent into its own network.
    told = suite.ask(request_uri="https://photos.example/request")

    assert told["error"] == "request_uri_not_supported"
    assert suite.configuration["request_uri_parameter_supported"] is False


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    # Refused by name, after which the suite skips: two places for one parameter are one too many.
    told = suite.ask(request=unsigned(suite.app.parameters(**NO_PKCE)))

    assert told["error"] == "request_not_supported"
    assert suite.configuration["request_parameter_supported"] is False


def test_oidcc_ensure_request_object_with_redirect_uri(suite: Suite) -> None:
    # The address that counts is the parameter's. It is not registered, so nobody is sent to the one in the object.
    asked = {"request": unsigned(suite.app.parameters(**NO_PKCE)), "redirect_uri": f"{CALLBACK}_invalid"}
    visitor = suite.app.send(suite.browser, **NO_PKCE, **asked)

    assert (visitor.status, visitor.left) == (400, "")
    assert "address" in visitor.text


def test_oidcc_refresh_token(suite: Suite) -> None:
    first = suite.flow(scope="openid offline_access", prompt="consent")
    assert suite.passed[-1] == CONSENT
    suite.kit.clock.forward(seconds=1)
    answer = suite.refresh(first.tokens["refresh_token"], scope="openid offline_access")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    claims = openid.verified(suite.kit, answer.json["id_token"], suite.app.client_id)
    kept = ("iss", "sub", "aud", "auth_time")
    assert {name: claims[name] for name in kept} == {name: first.claims[name] for name in kept}
    assert claims["iat"] == first.claims["iat"] + 1
    assert openid.userinfo(suite.kit, answer.json["access_token"]).status_code == 200
    # The plan's second client: its refresh token is worth nothing to the first one.
    theirs = second_client(suite).flow(scope="openid offline_access", prompt="consent").tokens["refresh_token"]
    assert said(suite.refresh(theirs)) == INVALID_GRANT


def second_client(suite: Suite) -> Suite:
    add_service(suite.kit, "wiki", pkce="optional", redirect_uris=["https://wiki.example/callback"])
    return replace(suite, app=App("wiki", "https://wiki.example/callback"))
