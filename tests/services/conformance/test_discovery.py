"""The configuration that apps find: OpenID's Config OP plan, and that each thing it says is so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.conformance import CONSENT, Suite
from tests.support.openid import CONFIGURATION, web
from tests.support.relying_party import App, add_service

ENDPOINTS = {
    # A request without parameters, and the status by which each endpoint says that it misses them.
    "authorization_endpoint": ("GET", 400),
    "token_endpoint": ("POST", 400),
    "userinfo_endpoint": ("GET", 401),
    "revocation_endpoint": ("POST", 401),
    "introspection_endpoint": ("POST", 401),
    "end_session_endpoint": ("GET", 200),
    "jwks_uri": ("GET", 200),
}
FORM = {"content_type": "application/x-www-form-urlencoded"}
PATHS = {"/token": "token", "/revoke": "revocation", "/introspect": "introspection"}
SECRETS = ["client_secret_basic", "client_secret_post"]


def refusal(suite: Suite, path: str, method: str) -> str | None:
    """Ask for a token that nobody knows, and return the error."""
    known = App("spa") if method == "none" else suite.app
    form = {"token": "nobody's", "grant_type": "refresh_token", "refresh_token": "nobody's"}
    return replace(suite, app=known).as_client(path, method, **form).json.get("error")


def essential(acr: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "value": acr}}})


def test_oidcc_discovery_endpoint_verification(make_kit: Any) -> None:
    issuer = "https://account.example.com"
    answer = web(make_kit(TRUSTWEB_PUBLIC_URL=issuer), CONFIGURATION)
    told = answer.json

    assert (answer.status_code, answer.mimetype, told["issuer"]) == (200, "application/json", issuer)
    assert told["response_types_supported"] == ["code"]
    assert told["subject_types_supported"] == ["pairwise"]
    assert told["id_token_signing_alg_values_supported"] == ["RS256"]
    assert "openid" in told["scopes_supported"]
    places = {name for name in told if name.endswith("_endpoint")}
    assert places | {"jwks_uri"} == ENDPOINTS.keys()
    assert all(told[name].startswith(f"{issuer}/") for name in places)


@pytest.mark.parametrize(("name", "asked"), ENDPOINTS.items())
def test_every_endpoint_that_is_named_answers(suite: Suite, name: str, asked: tuple[str, int]) -> None:
    method, status = asked
    path = urlsplit(suite.configuration[name]).path

    assert web(suite.kit, path, method, **(FORM if method == "POST" else {})).status_code == status


def test_every_scope_that_is_named_is_granted_and_every_claim_told(suite: Suite) -> None:
    known = suite.configuration
    flow = suite.flow(scope=" ".join(known["scopes_supported"]))

    assert suite.passed[-1] == CONSENT  # for access while the person is away
    assert flow.tokens["scope"].split() == known["scopes_supported"]
    assert flow.claims.keys() | suite.userinfo(flow).keys() == set(known["claims_supported"])
    assert {"authorization_code", "refresh_token"} == set(known["grant_types_supported"])
    assert suite.refresh(flow.tokens["refresh_token"]).status_code == 200


def test_every_acr_that_is_named_can_be_insisted_on_and_no_other(suite: Suite) -> None:
    suite.flow()
    named = suite.configuration["acr_values_supported"]
    told = [suite.ask(prompt="none", claims=essential(acr)).get("error") for acr in [*named, "of-steel"]]

    assert named == ["password", "two-factor", "passkey"]
    # Alice has proved two factors, and has no passkey.
    assert told == [None, None, "interaction_required", "unmet_authentication_requirements"]


def test_every_prompt_that_is_named_is_known(suite: Suite) -> None:
    suite.flow()
    suite.kit.clock.forward(seconds=1)
    pages = {}
    for prompt in suite.configuration["prompt_values_supported"]:
        suite.flow(prompt=prompt)
        pages[prompt] = suite.passed

    assert pages == {"none": [], "login": ["proof"], "consent": [CONSENT]}
    assert suite.ask(prompt="create")["error"] == "invalid_request"


def test_the_method_of_challenges_that_is_named_is_the_only_one(suite: Suite) -> None:
    suite.flow()
    challenge = {"code_challenge": suite.app.challenge}
    told = {method: suite.ask(**challenge, code_challenge_method=method) for method in ("S256", "plain")}

    assert suite.configuration["code_challenge_methods_supported"] == ["S256"]
    assert "code" in told["S256"]
    assert told["plain"]["error"] == "invalid_request"


def test_answers_come_in_the_query_and_say_who_gives_them(suite: Suite) -> None:
    known = suite.configuration

    assert known["response_modes_supported"] == ["query"]
    assert suite.ask(response_mode="query").keys() == {"code", "state", "iss"}
    assert suite.ask(response_mode="fragment")["error"] == "invalid_request"
    assert known["authorization_response_iss_parameter_supported"] is True


def test_every_method_of_clients_that_is_named_is_taken(suite: Suite) -> None:
    add_service(suite.kit, "spa", public=True)
    known = suite.configuration
    asked = {path: known[f"{name}_endpoint_auth_methods_supported"] for path, name in PATHS.items()}
    told = {path: [refusal(suite, path, method) for method in [*SECRETS, "none"]] for path in PATHS}

    assert asked == {"/token": [*SECRETS, "none"], "/revoke": [*SECRETS, "none"], "/introspect": SECRETS}
    assert told["/token"] == ["invalid_grant"] * 3
    assert told["/revoke"] == [None] * 3
    assert told["/introspect"] == [None, None, "invalid_client"]
