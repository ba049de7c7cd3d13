"""The plans of OpenID for providers that log out, RP-initiated and back-channel: a test named after each module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jwt
import pytest

from tests.support.app_listener import AppListener
from tests.support.http_client import Visitor
from tests.support.kit import Kit
from tests.support.logout_requests import BACK, come_from_app, is_signed_in, session_of
from tests.support.openid import CONFIGURATION, JWKS, App, give_app, web
from tests.support.wires import Answer

STATE = "a state of the app's own"


@dataclass
class Plan:
    """An app that a person has signed in to, by a code and the ID token that it was exchanged for."""

    kit: Kit
    app: App
    hears: AppListener
    browser: Visitor
    id_token: str

    def end_session(self, **values: str) -> Answer:
        return come_from_app(self.browser, **values)

    def asked(self, answer: Answer) -> bool:
        """Return True if the person is asked, is signed in still, and nothing led away."""
        asks = answer.status == 200 and "Do you want to sign out?" in answer.body and BACK not in str(answer.headers)
        return asks and is_signed_in(self.browser)

    def left(self, answer: Answer, to: str) -> bool:
        return answer.status == 303 and answer.headers["Location"] == to and not is_signed_in(self.browser)

    def kept_here(self, answer: Answer) -> bool:
        """Return True if a page says that nobody is led to the address, and the person is signed out."""
        said = answer.status == 200 and "at an address that it did not register" in answer.body
        return said and BACK not in str(answer.headers) and not is_signed_in(self.browser)

    def read(self, token: str) -> dict[str, Any]:
        key = jwt.PyJWKSet.from_dict(web(self.kit, JWKS).json)[jwt.get_unverified_header(token)["kid"]]
        at = {"verify_exp": False, "verify_iat": False}  # the kit's clock is not the machine's
        return jwt.decode(token, key, ["RS256"], audience=self.app.client_id, options=at)


@pytest.fixture
def plan(kit: Kit) -> Iterator[Plan]:
    with AppListener() as hears:
        app = give_app(kit, logout_uri=hears.uri, logout_redirect_uris=[BACK])
        account, browser = kit.account(), kit.signed_in()
        yield Plan(kit, app, hears, browser, app.tokens(session_of(kit, account.id))["id_token"])


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(kit: Kit) -> None:
    said = web(kit, CONFIGURATION).json

    assert said["end_session_endpoint"] == f"{kit.core.config.origin}/end-session"


def test_oidcc_rp_initiated_logout(plan: Plan) -> None:
    answer = plan.end_session(id_token_hint=plan.id_token, post_logout_redirect_uri=BACK, state="state")

    assert plan.left(answer, f"{BACK}?state=state")


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(plan: Plan) -> None:
    answer = plan.end_session(id_token_hint=plan.id_token, post_logout_redirect_uri=f"{BACK}/other", state=STATE)

    assert plan.kept_here(answer)


def test_oidcc_rp_initiated_logout_modified_id_token_hint(plan: Plan) -> None:
    unsigned = jwt.encode(plan.read(plan.id_token), None, "none")

    assert plan.asked(plan.end_session(id_token_hint=unsigned, post_logout_redirect_uri=BACK, state=STATE))


def test_oidcc_rp_initiated_logout_no_id_token_hint(plan: Plan) -> None:
    assert plan.asked(plan.end_session(post_logout_redirect_uri=BACK, state=STATE))


def test_oidcc_rp_initiated_logout_no_params(plan: Plan) -> None:
    assert plan.asked(plan.end_session())


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(plan: Plan) -> None:
    answer = plan.end_session(id_token_hint=plan.id_token, state=STATE)

    assert plan.left(answer, "/sign-in?said=signed-out")


def test_oidcc_rp_initiated_logout_no_state(plan: Plan) -> None:
    answer = plan.end_session(id_token_hint=plan.id_token, post_logout_redirect_uri=BACK)

    assert plan.left(answer, BACK)


def test_oidcc_rp_initiated_logout_only_state(plan: Plan) -> None:
    assert plan.asked(plan.end_session(state=STATE))


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(plan: Plan) -> None:
    answer = plan.end_session(id_token_hint=plan.id_token, post_logout_redirect_uri=f"{BACK}?foo=bar", state=STATE)

    assert plan.kept_here(answer)


def test_oidcc_rp_initiated_logout_bad_id_token_hint(plan: Plan) -> None:
    forged = jwt.encode(plan.read(plan.id_token), "k" * 32, headers={"kid": "of the app"})

    assert plan.asked(plan.end_session(id_token_hint=forged, post_logout_redirect_uri=BACK, state=STATE))


def test_oidcc_backchannel_logout_discovery_endpoint_verification(kit: Kit) -> None:
    said = web(kit, CONFIGURATION).json

    assert said["backchannel_logout_supported"] is True
    assert said["backchannel_logout_session_supported"] is True


def test_oidcc_backchannel_rp_initiated_logout(plan: Plan) -> None:
    plan.end_session(id_token_hint=plan.id_token, post_logout_redirect_uri=BACK, state=STATE)
    plan.kit.deliver()

    heard = plan.read(plan.hears.wait_for(1)[0]["logout_token"])
    known = plan.read(plan.id_token)
    assert {name: heard[name] for name in ("iss", "aud", "sub", "sid")} == {
        name: known[name] for name in ("iss", "aud", "sub", "sid")
    }
    assert heard["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in heard
