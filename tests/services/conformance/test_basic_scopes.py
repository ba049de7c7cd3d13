"""OpenID's Basic OP plan: scopes, and the claims that they stand for."""

from __future__ import annotations

import json

import pytest

from tests.support.conformance import Suite
from tests.support.kit import ALICE

PROFILE = {"name", "preferred_username", "locale", "zoneinfo", "updated_at"}


def skipped(suite: Suite, scope: str, missing: set[str]) -> None:
    """Check that the suite skips the module, and that an app that asks all the same is told what there is."""
    assert missing.isdisjoint(suite.configuration["scopes_supported"])
    flow = suite.flow(scope=scope)
    told = suite.userinfo(flow)
    assert missing.isdisjoint(flow.tokens["scope"].split())
    assert not {"address", "phone_number", "phone_number_verified"} & told.keys()


def test_oidcc_scope_profile(suite: Suite) -> None:
    flow = suite.flow(scope="openid profile")
    told = suite.userinfo(flow)

    # The suite warns about the rest of the standard's list (birthdate, gender, …): nobody is asked for that here.
    assert told.keys() == {"sub"} | PROFILE
    assert (told["name"], told["preferred_username"]) == (ALICE, ALICE)
    assert isinstance(told["updated_at"], int)
    assert not PROFILE & flow.claims.keys()


def test_oidcc_scope_email(suite: Suite) -> None:
    flow = suite.flow(scope="openid email")

    told = suite.userinfo(flow)
    assert told == {"sub": flow.claims["sub"], "email": ALICE, "email_verified": False}
    assert not {"email", "name"} & flow.claims.keys()


def test_oidcc_scope_address(suite: Suite) -> None:
    skipped(suite, "openid address", {"address"})  # nobody's address is known here


def test_oidcc_scope_phone(suite: Suite) -> None:
    skipped(suite, "openid phone", {"phone"})  # trusted numbers are for proof, and told nobody


def test_oidcc_scope_all(suite: Suite) -> None:
    skipped(suite, "openid email phone address profile", {"address", "phone"})  # the two above


def test_oidcc_claims_essential(suite: Suite) -> None:
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})
    flow = suite.flow(claims=claims)

    # No error, which is what the standard wants (5.5.1); the suite warns that the name is missing. Of ``claims`` only
    # an essential acr counts: who may read what is decided by scopes, which the consent page shows.
    assert suite.userinfo(flow).keys() == {"sub"}
    assert "name" not in flow.claims
    assert suite.userinfo(suite.flow(claims=claims, scope="openid profile"))["name"] == ALICE


@pytest.mark.parametrize("locales", ["se", "de en"])
def test_oidcc_claims_locales(suite: Suite, locales: str) -> None:
    assert suite.flow(claims_locales=locales).claims["sub"]
