"""An app that signs people in with Trustweb: its service's row, its requests, and what it is told."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import delete

from tests.support.http_client import Visitor
from tests.support.kit import Kit
from trustweb.models import Service
from trustweb.services import client_secrets

CALLBACK = "https://photos.example/callback"
SECRET = "a secret that only the app and the site know"


def add_service(kit: Kit, name: str = "photos", **columns: Any) -> int:
    """Put a service's row in, in the place of one of that name; return its id. An app has a client id and a secret."""
    app = {"oidc": True, "client_id": f"{name}-client", "redirect_uris": [CALLBACK]}
    if not columns.get("public") and columns.get("oidc", True):
        app["secret_mac"] = client_secrets.mac(kit.core.keys, f"{name}-client", SECRET)
    values = {"title": name.capitalize(), "created_at": kit.clock.now} | (app if columns.get("oidc", True) else {})
    with kit.core.database.writing() as work:
        work.db.execute(delete(Service).where(Service.name == name))
        row = Service(name=name, **(values | columns))
        work.db.add(row)
        work.db.flush()
        return row.id


@dataclass
class App:
    """One app, and the request that it made last."""

    name: str = "photos"
    callback: str = CALLBACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = "a state"

    @property
    def client_id(self) -> str:
        return f"{self.name}-client"

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def parameters(self, **other: str | None) -> dict[str, str]:
        """The parameters of an authorisation request; None leaves one out."""
        usual = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.callback, "scope": "openid",
            "state": self.state, "code_challenge": self.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return {name: value for name, value in (usual | other).items() if value is not None}

    def address(self, **other: str | None) -> str:
        return f"/authorize?{urlencode(self.parameters(**other))}"

    def send(self, visitor: Visitor, **other: str | None) -> Visitor:
        """Send a person to sign in."""
        parts = urlsplit(self.callback)
        visitor.elsewhere.add(f"{parts.scheme}://{parts.netloc}")
        return visitor.get(self.address(**other))

    def told(self, visitor: Visitor) -> dict[str, str]:
        """Return what the app is told when the person is back, through the page that goes on by itself."""
        if not visitor.left:
            visitor.follow("Continue")
        assert visitor.left.partition("?")[0] == self.callback, visitor.left or visitor.text
        return dict(parse_qsl(urlsplit(visitor.left).query, keep_blank_values=True, strict_parsing=True))


def prove(kit: Kit, visitor: Visitor) -> Visitor:
    """Type the code that is sent to the only number, and trust no browser."""
    if way := next((each for each in visitor.buttons if each.startswith("Text me")), None):
        visitor.submit(way)
    visitor.submit("Continue", code=kit.code())
    asks = "Trust this browser?" in visitor.text and visitor.path.startswith("/authorize/")
    return visitor.follow("Not Now") if asks else visitor
