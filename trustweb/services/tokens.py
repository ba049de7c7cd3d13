"""Access and refresh tokens: a public handle and a MAC, so that a read database opens nothing.

A token is worth what its service session is: every look asks for that, the account, its consent, its groups and what
the service needs now.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, insert, or_, select, update

from trustweb.keys import KeyRing
from trustweb.models import NOW, Service, ServiceAccess, ServiceSession, ServiceToken, ServiceView, columns
from trustweb.services import listing, policy, service_sessions
from trustweb.work import Work

ACCESS, REFRESH = "access", "refresh"
LIFE = timedelta(minutes=10)
"""The life of an access token."""
OFFLINE = "offline_access"
OFFLINE_LIFE = timedelta(days=30)
"""The life of a refresh token that outlives the service session, from its own issue on."""
_USE = "service token"
_TEXT = re.compile(r"([\w-]{22})\.([0-9A-Za-z]{1,32})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Standing:
    """A service session that holds, with its account, access and service."""

    id: int
    sid: str
    account_id: int
    auth_time: datetime
    acr: str
    amr: str
    expires_at: datetime
    sub: str
    scopes: str
    """The scopes that the person consented to."""
    consented_at: datetime | None
    service: ServiceView


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token's row as plain values."""

    id: int
    handle: str
    kind: str
    family: str
    service_session_id: int
    offline: bool
    scope: str
    created_at: datetime
    expires_at: datetime
    spent_at: datetime | None
    successor: str | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A token that holds, with what it stands on."""

    token: TokenView
    standing: Standing


_TOKEN = columns(TokenView, ServiceToken)
_STANDING = [
    ServiceSession.id, ServiceSession.sid, ServiceSession.account_id, ServiceSession.auth_time, ServiceSession.acr,
    ServiceSession.amr, ServiceSession.expires_at, ServiceAccess.sub, ServiceAccess.scopes, ServiceAccess.consented_at,
]  # fmt: skip
_SERVICE = columns(ServiceView, Service)
_THIS = ServiceSession.id == bindparam("which")
_STANDS = select(*_STANDING, *_SERVICE).select_from(service_sessions.joined())
_LIVE = _STANDS.where(_THIS, *service_sessions.live())
_ALLOWED = _STANDS.where(_THIS, *service_sessions.allowed())
_CHECK = (
    select(*_TOKEN, *_STANDING, *_SERVICE)
    .select_from(
        service_sessions.joined().join(ServiceToken.__table__, ServiceToken.service_session_id == ServiceSession.id)
    )
    .where(
        ServiceToken.handle == bindparam("handle"),
        ServiceToken.revoked_at.is_(None),
        ServiceToken.spent_at.is_(None),
        ServiceToken.expires_at > NOW,
        *service_sessions.allowed(),
        or_(ServiceToken.offline, and_(*service_sessions.live())),
    )
)
_FIND = (
    select(*_TOKEN, ServiceSession.service_id, ServiceSession.account_id)
    .join(ServiceSession, ServiceSession.id == ServiceToken.service_session_id)
    .where(ServiceToken.handle == bindparam("handle"))
)
_PUT = insert(ServiceToken)
_SPEND = (
    update(ServiceToken)
    .where(
        ServiceToken.id == bindparam("which"),
        ServiceToken.spent_at.is_(None),
        ServiceToken.revoked_at.is_(None),
        ServiceToken.expires_at > NOW,
    )
    .values(spent_at=NOW, successor=bindparam("next"))
)
_REVOKE = update(ServiceToken).where(ServiceToken.revoked_at.is_(None)).values(revoked_at=NOW)
_REVOKE_ONE = _REVOKE.where(ServiceToken.id == bindparam("which"))
_REVOKE_FAMILY = _REVOKE.where(ServiceToken.family == bindparam("of"))


def text_of(keys: KeyRing, handle: str) -> str:
    """Return the token with a handle, as its app gets it."""
    return f"{handle}.{keys.sign(_USE, handle).replace(':', '.')}"


def handle_of(keys: KeyRing, text: str) -> str | None:
    """Return the handle of a token; None when its MAC is wrong."""
    if not (parts := _TEXT.fullmatch(text)):
        return None
    try:
        return parts[1] if keys.signed(_USE, parts[1], f"{parts[2]}:{parts[3]}") else None
    except ValueError:  # its key was taken out of the ring
        return None


def new_handle() -> str:
    return secrets.token_urlsafe(16)


def check(work: Work, text: str) -> Found | None:
    """Return an access token that holds now, with all that it stands on."""
    found = look(work, text)
    return found if found is not None and found.token.kind == ACCESS else None


def look(work: Work, text: str) -> Found | None:
    """Return an access or a refresh token that holds now."""
    if (handle := handle_of(work.keys, text)) is None:
        return None
    if (row := work.execute(_CHECK, {"handle": handle} | service_sessions.moments(work)).one_or_none()) is None:
        return None
    token, standing = TokenView(*row[: len(_TOKEN)]), _standing(row[len(_TOKEN) :])
    return Found(token, standing) if holds(work, standing, token.scope) else None


def _standing(row: Row[Any] | tuple[Any, ...]) -> Standing:
    return Standing(*[*row[: len(_STANDING)], ServiceView(*row[len(_STANDING) :])])


def stand(work: Work, service_session_id: int, *, offline: bool = False) -> Standing | None:
    """Return a service session that holds now. ``offline``: for what may outlive it."""
    which = {"which": service_session_id}
    if offline:
        row = work.execute(_ALLOWED, which).one_or_none()
    else:
        row = work.execute(_LIVE, which | service_sessions.moments(work)).one_or_none()
    return None if row is None else _standing(row)


def holds(work: Work, standing: Standing, scope: str) -> bool:
    """Return True if the person may still use the service, and still consents to these scopes."""
    service = standing.service
    return may(work, service, standing.account_id, standing.acr) and consented(
        service, standing.consented_at, standing.scopes, scope
    )


def may(work: Work, service: ServiceView, account_id: int, acr: str) -> bool:
    """Return True if an account may use a service now, by its groups and by what it proved."""
    groups = listing.groups_of(work, account_id) if service.groups else []
    return service.oidc and policy.may_enter(service, groups) and policy.is_enough(acr, service.needs)


def consented(service: ServiceView, at: datetime | None, consent: str, scope: str) -> bool:
    """Return True if these scopes were consented to, or the service's people are not asked."""
    return not service.asks_consent or (at is not None and set(scope.split()) <= set(consent.split()))


def find(work: Work, text: str) -> tuple[TokenView, int, int] | None:
    """Return a token's row whatever became of it, with the ids of its service and its account."""
    if (handle := handle_of(work.keys, text)) is None:
        return None
    return by_handle(work, handle)


def by_handle(work: Work, handle: str) -> tuple[TokenView, int, int] | None:
    """Return the row of the token with a handle, as ``find`` does."""
    if (row := work.execute(_FIND, {"handle": handle}).one_or_none()) is None:
        return None
    return TokenView(*row[:-2]), row[-2], row[-1]


def put(work: Work, kind: str, standing: Standing, *, family: str, scope: str, offline: bool, handle: str = "") -> str:
    """Store a new token of a service session, and return it as its app gets it."""
    handle = handle or new_handle()
    life = LIFE if kind == ACCESS else OFFLINE_LIFE
    end = work.now + life
    row = {
        "handle": handle,
        "kind": kind,
        "family": family,
        "service_session_id": standing.id,
        "offline": offline,
        "scope": scope,
        "created_at": work.now,
        "expires_at": end if offline else min(end, standing.expires_at),
    }
    work.execute(_PUT, row)
    return text_of(work.keys, handle)


def spend(work: Work, token: TokenView, successor: str) -> bool:
    """Exchange a refresh token for another one. Return False when it was exchanged or revoked before."""
    return bool(work.changed(_SPEND, {"which": token.id, "next": successor, "now": work.now}))


def revoke(work: Work, token: TokenView) -> None:
    """Revoke an access token; with a refresh token, all that came of its code."""
    if token.kind == REFRESH:
        end_family(work, token.family)
    else:
        work.execute(_REVOKE_ONE, {"which": token.id, "now": work.now})


def end_family(work: Work, family: str) -> int:
    """Revoke all tokens that came of one code. Return how many held until now."""
    return work.changed(_REVOKE_FAMILY, {"of": family, "now": work.now})
