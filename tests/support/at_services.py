"""Services behind the account, and what an account has open there: rows, without apps and proxies."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from tests.support.kit import Kit
from trustweb.models import (
    Account,
    AccountGroup,
    Delivery,
    Service,
    ServiceAccess,
    ServiceCode,
    ServiceRequest,
    ServiceSession,
    ServiceToken,
    SignInSession,
)
from trustweb.work import Work


def app(name: str) -> dict[str, Any]:
    """The columns of an app that wants to hear of logouts."""
    return {"oidc": True, "client_id": f"{name}-client", "logout_uri": f"https://{name}.example/logout"}


def site(name: str) -> dict[str, Any]:
    """The columns of a site behind a proxy."""
    return {"browser": True, "origin": f"https://{name}.example"}


def add(work: Work, name: str = "photos", **columns: Any) -> Service:
    """Return the service of this name, made when it is not there."""
    service = work.db.scalars(select(Service).where(Service.name == name)).one_or_none()
    if service is None:
        service = Service(name=name, created_at=work.now)
        work.db.add(service)
    for column, value in columns.items():
        setattr(service, column, value)
    work.db.flush()
    return service


def come(work: Work, account_id: int, service: Service, scopes: str | None = None) -> ServiceAccess:
    """Let the account have come to a service, with a consent to these scopes."""
    access = ServiceAccess(account_id=account_id, service_id=service.id, sub=secrets.token_urlsafe(32))
    access.created_at = work.now
    if scopes is not None:
        access.scopes, access.consented_at = scopes, work.now
    work.db.add(access)
    work.db.flush()
    return access


def enter(
    work: Work, account_id: int, service: Service, door: str = "oidc", *, session_id: int | None = None, **columns: Any
) -> ServiceSession:
    """Let the account be signed in to a service."""
    row = ServiceSession(
        account_id=account_id, service_id=service.id, door=door, session_id=session_id, sid=secrets.token_urlsafe(32),
        started_at=work.now, last_seen_at=work.now, expires_at=work.now + timedelta(days=7), auth_time=work.now,
        acr="password", amr="pwd", browser_name="Firefox, Linux", address="203.0.113.7",
    )  # fmt: skip
    for column, value in columns.items():
        setattr(row, column, value)
    work.db.add(row)
    work.db.flush()
    return row


def stay(work: Work, row: ServiceSession) -> ServiceToken:
    """Give an app a refresh token that outlives the service session (offline_access)."""
    token = ServiceToken(
        handle=secrets.token_urlsafe(16), kind="refresh", family=secrets.token_urlsafe(16), offline=True,
        service_session_id=row.id, scope="openid offline_access", created_at=work.now,
        expires_at=work.now + timedelta(days=30),
    )  # fmt: skip
    work.db.add(token)
    work.db.flush()
    return token


def tell(work: Work, access: ServiceAccess, state: str, reason: str = "") -> Delivery:
    """Queue the news of a logout to an app, and let it have got this far."""
    news = Delivery(
        kind="logout", service_id=access.service_id, sub=access.sub, sid="s", method="app", destination="",
        language="", transport="back-channel", carrier_id=access.sub, state=state, reason=reason, due_at=work.now,
        created_at=work.now, changed_at=work.now, deadline=work.now + timedelta(days=1),
    )  # fmt: skip
    work.db.add(news)
    work.db.flush()
    return news


def on_the_way(work: Work, row: ServiceSession) -> None:
    """Leave a code and a request behind that are on their way to a service."""
    over = {"service_id": row.service_id, "created_at": work.now, "expires_at": work.now + timedelta(minutes=1)}
    work.db.add(
        ServiceRequest(id=secrets.token_urlsafe(32), kind="authorize", session_id=row.session_id, values={}, **over)
    )
    code = {"code_hash": secrets.token_hex(32), "family": secrets.token_urlsafe(16), "kind": "code"}
    work.db.add(ServiceCode(account_id=row.account_id, session_id=row.session_id, **code, **over))
    work.db.flush()


def join(work: Work, account_id: int, group: str) -> None:
    """Make the account a member of a group."""
    work.db.add(AccountGroup(account_id=account_id, name=group))


def sign_in_to(
    work: Work, account_id: int, name: str = "photos", door: str = "oidc", *, scopes: str | None = None, **columns: Any
) -> ServiceSession:
    """Let the account be signed in to a service by its newest session here."""
    service = add(work, name, **({"title": name.capitalize()} | (app if door == "oidc" else site)(name) | columns))
    mine = select(ServiceAccess).where(ServiceAccess.account_id == account_id, ServiceAccess.service_id == service.id)
    if work.db.scalars(mine).one_or_none() is None:
        come(work, account_id, service, scopes)
    newest = select(SignInSession.id).where(SignInSession.account_id == account_id).order_by(SignInSession.id)
    return enter(work, account_id, service, door, session_id=work.db.scalars(newest).all()[-1])


def signed_in_to(kit: Kit, account: Account, name: str = "photos", door: str = "oidc", **columns: Any) -> int:
    """Let the account be signed in to a service, and return the service session's id."""
    with kit.core.database.writing() as work:
        return sign_in_to(work, account.id, name, door, **columns).id


def consented(kit: Kit, account: Account, scopes: str, name: str = "photos") -> None:
    """Let the account have consented to what an app may read, without being signed in there."""
    with kit.core.database.writing() as work:
        come(work, account.id, add(work, name, **({"title": name.capitalize()} | app(name))), scopes)


def only_when_idle(work: Work, row: ServiceSession) -> None:
    """Let a service session have fallen idle."""
    row.last_seen_at = work.now - timedelta(seconds=work.config.service_session_idle)
    work.db.flush()


def settle(kit: Kit, account: Account) -> None:
    """Let the account have one of everything that there is of services."""
    row_id = signed_in_to(kit, account)
    with kit.core.database.writing() as work:
        row = work.db.get_one(ServiceSession, row_id)
        stay(work, row)
        on_the_way(work, row)
        join(work, account.id, "family")
