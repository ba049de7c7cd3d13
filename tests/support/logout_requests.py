"""Apps that sign people out here, and what they bring along: ID tokens that were issued here, or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import jwt
from sqlalchemy import select

from tests.support.http_client import Visitor
from tests.support.kit import Kit
from tests.support.service_endings import There, add_service, come
from tests.support.wires import Answer
from trustweb.models import ServiceView, SessionView, SignInSession, columns
from trustweb.services import signing_keys

SITE, APP = "http://localhost:8000", "https://photos.example.com"
BACK = f"{APP}/bye"


def photos(kit: Kit, name: str = "photos", **columns: Any) -> ServiceView:
    return add_service(kit, name, **{"logout_redirect_uris": [BACK, f"{BACK}?kept=1"]} | columns)


def session_of(kit: Kit, account_id: int) -> SessionView:
    """Return the account's newest session."""
    with kit.core.database.reading() as work:
        newest = select(*columns(SessionView, SignInSession)).where(SignInSession.account_id == account_id)
        return SessionView(*work.execute(newest.order_by(SignInSession.id.desc())).first())


def here(kit: Kit, account_id: int, service: ServiceView) -> There:
    """Come to a service by the account's newest session."""
    return come(kit, session_of(kit, account_id), service)


def id_token(kit: Kit, service: ServiceView, there: There, *, kind: str = "JWT", **changed: Any) -> str:
    """Return an ID token that was issued yesterday, and is over."""
    signer = signing_keys.current(kit.core.database)
    claims = {
        "iss": kit.core.database.config.origin, "aud": service.client_id, "sub": there.sub, "sid": there.sid,
        "iat": 1_700_000_000, "exp": 1_700_000_600,
    } | changed  # fmt: skip
    said = {name: each for name, each in claims.items() if each is not None}
    return jwt.encode(said, signer.key.private_key, "RS256", {"kid": signer.kid, "typ": kind})


def come_from_app(visitor: Visitor, method: str = "GET", **values: str) -> Answer:
    """Come from an app, which is another site. Where it leads is not followed."""
    headers = visitor.headers | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    if method == "POST":
        return visitor._wire.send("POST", f"{SITE}/end-session", list(values.items()), headers | {"Origin": APP})
    return visitor._wire.send("GET", f"{SITE}/end-session?{urlencode(values)}", None, headers)


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.tab().get("/account").path == "/account"
