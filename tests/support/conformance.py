"""OpenID's conformance suite, as far as its Basic OP plan: an app that sends no PKCE, and a person with a browser."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.support import openid
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, PASSWORD, Kit
from tests.support.relying_party import SECRET, App, prove

NO_PKCE = {"code_challenge": None, "code_challenge_method": None}
SIGN_IN, PROOF, CONSENT = "sign-in", "proof", "consent"
"""The pages that a person may be asked to fill in on the way."""


@dataclass(frozen=True)
class Flow:
    """A whole flow: the answer to the app, its tokens, and what the ID token says once it is verified."""

    answer: dict[str, str]
    tokens: dict[str, Any]
    claims: dict[str, Any]

    @property
    def access_token(self) -> str:
        return str(self.tokens["access_token"])


@dataclass
class Suite:
    """A client of the plan, and the person who goes where it sends them."""

    kit: Kit
    app: App
    browser: Visitor
    method: str = "client_secret_basic"
    passed: list[str] = field(default_factory=list)
    """The pages that the person filled in on the latest way."""

    def __post_init__(self) -> None:
        self.browser.elsewhere.add(self.app.callback.removesuffix("/callback"))

    def ask(self, **asked: str | None) -> dict[str, str]:
        """Send the person to the authorisation endpoint; return what the app is told."""
        self.app.state = secrets.token_urlsafe(32)
        return self.back(self.app.send(self.browser, **(NO_PKCE | asked)))

    def back(self, visitor: Visitor) -> dict[str, str]:
        """Do what the pages ask for, and return what the app is told: with its state, and by whom."""
        self.passed = list(pass_pages(self.kit, visitor))
        told = self.app.told(visitor)
        assert (told["state"], told["iss"]) == (self.app.state, self.kit.core.config.origin)
        return told

    def flow(self, **asked: str | None) -> Flow:
        """Sign in and exchange the code, as most modules begin."""
        asked = {"nonce": secrets.token_urlsafe(16)} | asked
        return self.finish(self.ask(**asked), asked["nonce"])

    def finish(self, answer: dict[str, str], nonce: str | None = None, **form: str) -> Flow:
        """Exchange the code of an answer, and check the ID token as each module does."""
        response = self.exchange(answer["code"], **form)
        assert response.status_code == 200, response.text
        claims = openid.verified(self.kit, response.json["id_token"], self.app.client_id)
        assert claims["iss"] == self.kit.core.config.origin
        assert claims.get("nonce") == nonce
        assert claims["sub"]
        assert claims["iat"] <= int(self.kit.clock.now.timestamp()) < claims["exp"]
        return Flow(answer, response.json, claims)

    def exchange(self, code: str, **form: str) -> TestResponse:
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.app.callback}
        return self.token(**(grant | form))

    def refresh(self, token: str, **form: str) -> TestResponse:
        return self.token(grant_type="refresh_token", refresh_token=token, **form)

    def token(self, **form: str) -> TestResponse:
        return self.as_client("/token", self.method, **form)

    def as_client(self, path: str, method: str, **form: str) -> TestResponse:
        """Ask as the client, which says by one of the methods of clients who it is."""
        headers, own = {}, {"client_id": self.app.client_id}
        if method == "client_secret_basic":
            pair = base64.b64encode(f"{self.app.client_id}:{SECRET}".encode()).decode()
            headers, own = {"Authorization": f"Basic {pair}"}, {}
        elif method == "client_secret_post":
            own["client_secret"] = SECRET
        return openid.web(self.kit, path, "POST", data=form | own, headers=headers)

    def userinfo(self, flow: Flow) -> dict[str, Any]:
        """Ask who the person is: somebody of the same ``sub`` as in the ID token."""
        answer = openid.userinfo(self.kit, flow.access_token)
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.json["sub"] == flow.claims["sub"]
        return dict(answer.json)

    @property
    def configuration(self) -> dict[str, Any]:
        return dict(openid.web(self.kit, openid.CONFIGURATION).json)


def pass_pages(kit: Kit, visitor: Visitor) -> list[str]:
    """Fill in each page on the way to the app, as a person does who wants to get there; return which there were."""
    passed: list[str] = []
    for _ in range(4):
        if visitor.left:
            break
        if visitor.path.endswith("/sign-in"):
            passed.append(SIGN_IN)
            visitor.submit("Sign In", account=ALICE, password=PASSWORD)
        elif visitor.path.endswith(("/sign-in/code", "/verify")):
            passed.append(PROOF)
            prove(kit, visitor)
        elif "Allow" in visitor.buttons:
            passed.append(CONSENT)
            visitor.submit("Allow")
    return passed
