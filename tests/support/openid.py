"""Apps that sign in with the account: a service's row, and what the app's server asks."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import Any

import jwt
from sqlalchemy import delete
from werkzeug.test import TestResponse

from tests.support.kit import ALICE, Kit
from trustweb.authentication import sessions
from trustweb.models import Account, Service, ServiceView, SessionView
from trustweb.services import codes, listing

CALLBACK = "https://photos.example.com/callback"
VERIFIER = "v" * 43
EXCHANGE = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
REFRESH = {"grant_type": "refresh_token"}
SCOPE = "openid profile email groups"
CONFIGURATION, JWKS = "/.well-known/openid-configuration", "/.well-known/jwks.json"


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def web(kit: Kit, path: str, method: str = "GET", **options: Any) -> TestResponse:
    """Ask at the site's own address."""
    return kit.app.test_client().open(path, method=method, base_url=kit.core.config.origin, **options)


def open_session(kit: Kit, account: Account) -> SessionView:
    """A signed-in browser's session, without the browser."""
    with kit.core.database.writing(account.id) as work:
        return sessions.start(work, account.id, stage=sessions.FULL, known_browser=True)[0]


@dataclass(frozen=True)
class App:
    """An app's server, which knows its secret."""

    kit: Kit
    service: ServiceView
    secret: str

    @property
    def client_id(self) -> str:
        return self.service.client_id or ""

    def change(self, **values: Any) -> None:
        """Do what the operator does to the service's row."""
        with self.kit.core.database.writing() as work:
            row = work.db.get_one(Service, self.service.id)
            for name, value in values.items():
                setattr(row, name, value)

    def code(self, session: SessionView, **values: str) -> str:
        """A code as it comes back from the person's browser."""
        asked = {"redirect_uri": CALLBACK, "scope": SCOPE, "nonce": "n-0", "code_challenge": challenge()} | values
        with self.kit.core.database.writing(session.account_id) as work:
            listing.ensure_access(work, session.account_id, self.service.id)
            return codes.issue(work, session, self.service, **asked)

    def ask(self, path: str, headers: dict[str, str] | None = None, where: str = "", **form: str) -> TestResponse:
        """Post a form with the client's secret in it, unless a header or the form says something else."""
        own = {} if headers and "Authorization" in headers else self.own
        peer = {"REMOTE_ADDR": where} if where else {}
        return web(self.kit, path, "POST", data=own | form, headers=headers, environ_base=peer)

    @property
    def own(self) -> dict[str, str]:
        """The parameters that prove who asks."""
        return {"client_id": self.client_id} | ({} if self.service.public else {"client_secret": self.secret})

    def exchange(self, code: str, **form: str) -> TestResponse:
        return self.ask("/token", **(EXCHANGE | {"code": code} | form))

    def refresh(self, token: str, **form: str) -> TestResponse:
        return self.ask("/token", **(REFRESH | {"refresh_token": token} | form))

    def tokens(self, session: SessionView, **values: str) -> dict[str, Any]:
        answer = self.exchange(self.code(session, **values))
        assert answer.status_code == 200, answer.text
        return answer.json

    def introspect(self, token: str) -> dict[str, Any]:
        return self.ask("/introspect", token=token).json

    def basic(self, secret: str | None = None) -> dict[str, str]:
        pair = f"{self.client_id}:{self.secret if secret is None else secret}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def claims(self, id_token: str) -> dict[str, Any]:
        """Read an ID token as apps do: with the published keys."""
        return verified(self.kit, id_token, self.client_id)


def verified(kit: Kit, id_token: str, client_id: str) -> dict[str, Any]:
    """Return the claims of an ID token for a client, once a published key has verified it."""
    published = jwt.PyJWKSet.from_dict(web(kit, JWKS).json)
    key = published[jwt.get_unverified_header(id_token)["kid"]]
    at = {"verify_exp": False, "verify_iat": False}  # the kit's clock is not the machine's
    return jwt.decode(id_token, key, ["RS256"], audience=client_id, options=at)


def said(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the error of an answer, which always describes it."""
    assert answer.json.get("error_description") or answer.status_code == 200
    return answer.status_code, answer.json.get("error", "")


def userinfo(kit: Kit, token: str, **options: Any) -> TestResponse:
    return web(kit, "/userinfo", headers={"Authorization": f"Bearer {token}"}, **options)


def give_app(kit: Kit, name: str = "photos", **values: Any) -> App:
    """A service with the door for apps, as the operator adds it."""
    from trustweb.services import client_secrets

    secret, client_id = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
    row: dict[str, Any] = {"name": name, "oidc": True, "client_id": client_id, "redirect_uris": [CALLBACK]}
    if not values.get("public"):
        row["secret_mac"] = client_secrets.mac(kit.core.database.keys, client_id, secret)
    with kit.core.database.writing() as work:
        work.db.execute(delete(Service).where(Service.name == (row | values)["name"]))
        work.db.add(Service(created_at=work.now, **(row | values)))
    with kit.core.database.reading() as work:
        found = listing.by_name(work, name)
    assert found
    return App(kit, found, secret)


def other_secret(app: App) -> App:
    return replace(app, secret="wrong")


def alice(kit: Kit, name: str = ALICE) -> tuple[Account, SessionView]:
    """A person, and their signed-in session."""
    account = kit.account(name)
    return account, open_session(kit, account)
