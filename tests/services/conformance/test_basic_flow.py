"""OpenID's Basic OP plan: the flow itself, who the client is, and the userinfo endpoint."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlencode

import jwt
import pytest

from tests.support.conformance import NO_PKCE, PROOF, SIGN_IN, Suite
from tests.support.openid import JWKS, said, userinfo, web

pytestmark = pytest.mark.slow


def test_oidcc_server(suite: Suite) -> None:
    flow = suite.flow()

    assert suite.passed == [SIGN_IN, PROOF]
    assert len(flow.answer["code"]) >= 22
    assert (flow.tokens["token_type"], flow.tokens["expires_in"]) == ("Bearer", 600)
    half = hashlib.sha256(flow.access_token.encode()).digest()[:16]
    assert flow.claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    # Nothing about the person that was not asked for: that is for the userinfo endpoint.
    usual = {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"}
    assert flow.claims.keys() == usual
    assert suite.userinfo(flow) == {"sub": flow.claims["sub"]}


def test_oidcc_response_type_missing(suite: Suite) -> None:
    told = suite.ask(response_type=None)

    assert told["error"] == "invalid_request"
    assert "code" not in told


def test_oidcc_idtoken_signature(suite: Suite) -> None:
    # The suite registers a client for this one. Ours come from the operator, and all get the default.
    head = jwt.get_unverified_header(suite.flow().tokens["id_token"])

    assert head["alg"] == "RS256"
    assert head["kid"] in {key["kid"] for key in web(suite.kit, JWKS).json["keys"]}


def test_oidcc_idtoken_unsigned(suite: Suite) -> None:
    # Skipped by the suite where the configuration does not name "none": whoever could write one could be anybody.
    assert suite.configuration["id_token_signing_alg_values_supported"] == ["RS256"]

    assert suite.flow(id_token_signed_response_alg="none").tokens["id_token"].split(".")[2]


def test_oidcc_userinfo_get(suite: Suite) -> None:
    assert suite.userinfo(suite.flow()).keys() == {"sub"}


def test_oidcc_userinfo_post_header(suite: Suite) -> None:
    flow = suite.flow()
    answer = userinfo(suite.kit, flow.access_token, method="POST")

    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == {"sub": flow.claims["sub"]}


def test_oidcc_userinfo_post_body(suite: Suite) -> None:
    # An error, for which the suite warns: a token in a body is easily one in a URL or a log. No server has to take it.
    answer = web(suite.kit, "/userinfo", "POST", data={"access_token": suite.flow().access_token})

    assert said(answer) == (400, "invalid_request")


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(suite: Suite) -> None:
    assert "nonce" not in suite.finish(suite.ask(nonce=None)).claims


def test_oidcc_alternate_happy_flow(suite: Suite) -> None:
    asked = suite.app.parameters(**NO_PKCE, nonce="n-0", scope="email openid")
    backwards = urlencode(sorted(asked.items(), reverse=True))
    flow = suite.finish(suite.back(suite.browser.get(f"/authorize?{backwards}")), "n-0")

    assert suite.userinfo(flow)["email"]
    assert "email" not in flow.claims


def test_oidcc_ensure_post_request_succeeds(suite: Suite) -> None:
    asked = suite.app.parameters(**NO_PKCE, nonce="n-0")
    suite.browser._visit("POST", "/authorize", list(asked.items()), {"Origin": "https://photos.example"})

    assert suite.finish(suite.back(suite.browser), "n-0").claims["sub"]


def test_oidcc_server_client_secret_post(suite: Suite) -> None:
    suite.method = "client_secret_post"

    assert suite.method in suite.configuration["token_endpoint_auth_methods_supported"]
    assert suite.userinfo(suite.flow())


def test_oidcc_ensure_request_with_valid_pkce_succeeds(suite: Suite) -> None:
    answer = suite.ask(code_challenge=suite.app.challenge, code_challenge_method="S256", nonce="n-0")

    assert suite.finish(answer, "n-0", code_verifier=suite.app.verifier).claims["sub"]
