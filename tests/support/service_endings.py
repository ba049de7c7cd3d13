"""Services, and people who are there: in an app, at a site behind the proxy, with an offline grant."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from tests.support.kit import Kit
from trustweb.accounts import token_hash
from trustweb.authentication import sessions
from trustweb.delivery.logouts import LOGOUT
from trustweb.models import (
    Delivery,
    Factor,
    Service,
    ServiceAccess,
    ServiceSession,
    ServiceToken,
    ServiceView,
    SessionView,
    SignInSession,
    columns,
)
from trustweb.services import listing, service_sessions
from trustweb.services.service_sessions import BROWSER, OIDC, Proof

HEARS_AT = "http://localhost:9/logout"


def add_service(kit: Kit, name: str = "photos", **columns: Any) -> ServiceView:
    """Return a new service with an app that hears of logouts, and with a site behind the proxy."""
    doors = {"oidc": True, "browser": True, "client_id": f"client-{name}", "origin": f"https://{name}.example.com"}
    row = doors | {"logout_uri": HEARS_AT} | columns
    with kit.core.database.writing() as work:
        work.execute(insert(Service), {"name": name, "created_at": work.now} | row)
        found = listing.by_name(work, name)
    assert found is not None
    return found


@dataclass(frozen=True)
class There:
    """Somebody who is at a service by one session."""

    sub: str
    app: int
    """The id of the app's service session."""
    sid: str
    site: int
    """The id of the service session at the site behind the proxy."""
    grant: int
    """The id of an offline grant's refresh token."""


def come(kit: Kit, session: SessionView, service: ServiceView) -> There:
    """Come to a service by both doors, with an offline grant."""
    proof = Proof(kit.clock.now, "password", "pwd", session.proved_by)
    with kit.core.database.writing(session.account_id) as work:
        sub = listing.ensure_access(work, session.account_id, service.id).sub
        app, sid = service_sessions.start(work, session, service, OIDC, proof)
        hashed = token_hash(secrets.token_hex(16))
        site, _ = service_sessions.start(work, session, service, BROWSER, proof, token_hash=hashed)
        token = {
            "handle": secrets.token_hex(11), "kind": "refresh", "family": secrets.token_hex(11),
            "service_session_id": app, "offline": True, "scope": "openid offline_access",
            "created_at": work.now, "expires_at": work.now + timedelta(days=90),
        }  # fmt: skip
        grant = work.insert(insert(ServiceToken).returning(ServiceToken.id), token)
    return There(sub, app, sid, site, grant)


def opens(kit: Kit, there: There) -> dict[str, bool]:
    """Return what still opens, by the statement that each request passes."""
    joined = service_sessions.joined()
    live = select(ServiceSession.id).select_from(joined).where(*service_sessions.live())
    granted = (
        select(ServiceToken.id)
        .select_from(joined.join(ServiceToken.__table__, ServiceToken.service_session_id == ServiceSession.id))
        .where(*service_sessions.allowed(), ServiceToken.revoked_at.is_(None), ServiceToken.offline)
    )
    with kit.core.database.reading() as work:
        ids = work.execute(live, service_sessions.moments(work)).scalars()
        grants = work.execute(granted).scalars()
    return {"app": there.app in ids, "site": there.site in ids, "grant": there.grant in grants}


ALL = {"app": True, "site": True, "grant": True}
NONE = {"app": False, "site": False, "grant": False}
KEPT = NONE | {"grant": True}
"""After an ordinary sign-out: the person made the offline grant to outlive it."""


def told(kit: Kit) -> list[str]:
    """Return the sid of each logout that is queued for an app, oldest first."""
    with kit.core.database.reading() as work:
        rows = work.execute(select(Delivery.sid).where(Delivery.kind == LOGOUT).order_by(Delivery.id))
        return rows.scalars()


def session_by(kit: Kit, account_id: int, label: str = "", browser: str = "browser") -> SessionView:
    """Return a new full session that the account's factor of this label proved; "" for the password alone."""
    with kit.core.database.writing(account_id) as work:
        session, _ = sessions.start(
            work, account_id, stage=sessions.FULL, known_browser=True, browser_hash=token_hash(browser)
        )
        mine = Factor.account_id == account_id, Factor.label == label
        proved_by = work.db.scalar(select(Factor.id).where(*mine)) if label else None
        fresh = {"step_up_until": work.now + timedelta(minutes=10), "step_up_by": proved_by}
        this = SignInSession.id == session.id
        work.db.execute(update(SignInSession).where(this).values(proved_by=proved_by, **fresh))
        return SessionView(*work.execute(select(*columns(SessionView, SignInSession)).where(this)).one())


def consent(kit: Kit, there: There, at: datetime) -> None:
    """Let the person have consented to what the service wants to know."""
    with kit.core.database.writing() as work:
        mine = update(ServiceAccess).where(ServiceAccess.sub == there.sub)
        work.db.execute(mine.values(scopes="profile", consented_at=at))


def consents(kit: Kit) -> list[str]:
    """Return the scopes that were consented to, by service."""
    with kit.core.database.reading() as work:
        return work.execute(select(ServiceAccess.scopes).order_by(ServiceAccess.service_id)).scalars()
