"""Requests of apps to sign a person out here (OpenID Connect RP-initiated logout), as they come with a browser."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import bindparam, select

from trustweb.accounts import token_hash
from trustweb.models import ServiceAccess, ServiceSession, ServiceView, SessionView, SignInSession, columns
from trustweb.services import hints, listing
from trustweb.work import Work

NAMES = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
"""The parameters that are read. Others (``ui_locales``, ``logout_hint``) are ignored."""
_SESSION = (
    select(*columns(SessionView, SignInSession), ServiceAccess.sub)
    .join(ServiceSession, ServiceSession.session_id == SignInSession.id)
    .join(
        ServiceAccess,
        (ServiceAccess.account_id == ServiceSession.account_id)
        & (ServiceAccess.service_id == ServiceSession.service_id),
    )
    .where(ServiceSession.sid == bindparam("wanted"), ServiceSession.service_id == bindparam("service"))
)


@dataclass(frozen=True, slots=True)
class SignOut:
    """A request to sign a person out, as far as it can be believed."""

    service: ServiceView | None = None
    """The service that asks, by its hint or by its name alone."""
    target: str = ""
    """Where the person goes afterwards; only an address that the operator registered for the service of the hint."""
    unknown_target: bool = False
    """True when the app of the hint wants the person at another address than those: nobody is led there."""
    claims: Mapping[str, Any] | None = None
    """What the hint says, an ID token that was issued here; None without a valid one."""


def read(work: Work, values: Mapping[str, str]) -> SignOut:
    """Read a request. What cannot be believed is left out, and no reason for an error: a person stands there."""
    hint, name = values.get("id_token_hint", ""), values.get("client_id", "")
    claims = hints.read(work, hint) if hint else None
    if claims is None:
        return SignOut(listing.by_client(work, name) if name and not hint else None)
    service = listing.by_client(work, claims["aud"])
    if service is None or name not in {"", service.client_id}:
        return SignOut()
    target = values.get("post_logout_redirect_uri", "")
    asked = SignOut(service, claims=claims)
    if target not in service.logout_redirect_uris or urlsplit(target).scheme == "javascript":
        return replace(asked, unknown_target=bool(target))
    state = values.get("state", "")
    return replace(asked, target=_with_state(target, state) if state else target)


def _with_state(target: str, state: str) -> str:
    return f"{target}{'&' if urlsplit(target).query else '?'}{urlencode({'state': state})}"


def of_browser(work: Work, asked: SignOut, token: str) -> SessionView | None:
    """Return the session that a hint belongs to, if the browser with this token holds it; also one that fell idle."""
    if asked.claims is None or asked.service is None or not token:
        return None
    row = work.execute(_SESSION, {"wanted": asked.claims["sid"], "service": asked.service.id}).one_or_none()
    if row is None or row.sub != asked.claims["sub"]:
        return None
    session = SessionView(*row[:-1])
    return session if hmac.compare_digest(session.token_hash, token_hash(token)) else None
