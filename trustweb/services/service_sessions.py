"""Service sessions: a person's time at a service, which ends with the session that it came from.

An ended session ends them (sign-out, a new password, a removed device …); one that only fell idle does not, since
somebody who works at a service looks at no page here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, insert, or_, select, update
from sqlalchemy.sql.selectable import Join

from trustweb.authentication import proofs
from trustweb.endings import OIDC
from trustweb.models import (
    NOW,
    Account,
    Factor,
    Moment,
    Service,
    ServiceAccess,
    ServiceSession,
    ServiceView,
    SessionView,
    SignInSession,
)
from trustweb.work import Origin, Work

BROWSER = "browser"
TOUCHED_EVERY = timedelta(minutes=5)
"""How exact "last seen" is; the least idle time (a setting) is longer, or what is used all the time would end."""
_START = insert(ServiceSession).returning(ServiceSession.id)
_TOUCH = (
    update(ServiceSession)
    .where(
        ServiceSession.id == bindparam("which"),
        ServiceSession.last_seen_at <= bindparam("before", type_=Moment),
        ServiceSession.ended_at.is_(None),
    )
    .values(last_seen_at=NOW)
)
_OF_SESSION = select(ServiceSession.id, ServiceSession.sid).where(
    ServiceSession.session_id == bindparam("session"),
    ServiceSession.service_id == bindparam("service"),
    ServiceSession.door == OIDC,
    ServiceSession.ended_at.is_(None),
    ServiceSession.expires_at > NOW,
)
_PROVE = update(ServiceSession).where(ServiceSession.id == bindparam("which"))
_HOLDS = select(Factor.id).where(
    or_(Factor.id == bindparam("latest"), Factor.id == bindparam("first")), Factor.removed_at.is_(None)
)


def joined() -> Join:
    """Return the tables that decide whether a service session is live, joined from its own."""
    whole: Join = (
        ServiceSession.__table__.join(Account.__table__, Account.id == ServiceSession.account_id)
        .join(Service.__table__, Service.id == ServiceSession.service_id)
        .join(
            ServiceAccess.__table__,
            and_(ServiceAccess.account_id == Account.id, ServiceAccess.service_id == Service.id),
        )
        .outerjoin(SignInSession.__table__, SignInSession.id == ServiceSession.session_id)
        .outerjoin(Factor.__table__, Factor.id == ServiceSession.proved_by)
    )
    return whole


def allowed() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that hold for all that comes of a service session, offline tokens included.

    The parameter ``now`` belongs to them.
    """
    return (
        Account.disabled_at.is_(None),
        or_(Account.services_end_before.is_(None), Account.services_end_before < ServiceSession.started_at),
        or_(~ServiceSession.by_factor, and_(Factor.id.is_not(None), Factor.removed_at.is_(None))),
    )


def live() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a live service session, with the parameters ``now`` and ``idle_since``."""
    return (
        *allowed(),
        ServiceSession.ended_at.is_(None),
        ServiceSession.expires_at > NOW,
        ServiceSession.last_seen_at > bindparam("idle_since", type_=Moment),
        SignInSession.id.is_not(None),
        SignInSession.ended_at.is_(None),
    )


def moments(work: Work) -> dict[str, Any]:
    """Return the values of the parameters of ``live``."""
    return {"now": work.now, "idle_since": work.now - timedelta(seconds=work.config.service_session_idle)}


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof that the person had given when a service session began."""

    auth_time: datetime
    acr: str
    amr: str
    """Separated by blanks."""
    factor_id: int | None
    """The factor with which it ends: the latest that proved the session and is not removed; None: it ends with none."""


def proof_of(work: Work, session: SessionView) -> Proof:
    """Return what a session has proved until now."""
    factor_id = _prover_of(work, session)
    return Proof(proofs.auth_time(session), proofs.acr(session), " ".join(proofs.amr(session)), factor_id)


def _prover_of(work: Work, session: SessionView) -> int | None:
    # A removed factor ends all sessions that it proved but the one in which its owner removed it. That goes on, and
    # what it opens at services from then on must not end with what is gone already.
    if session.step_up_by is None and session.proved_by is None:
        return None
    factors = {"latest": session.step_up_by, "first": session.proved_by}
    holding = set(work.execute(_HOLDS, factors).scalars())
    return next((each for each in factors.values() if each in holding), None)


def start(
    work: Work,
    session: SessionView,
    service: ServiceView,
    door: str,
    proof: Proof,
    *,
    token_hash: str | None = None,
    seen: Origin | None = None,
) -> tuple[int, str]:
    """Begin a service session and return its id and its sid.

    ``seen``: where the person is, when somebody else asks for them.

    An app that sends the person again in the same session gets the same one, with what was proved since.
    """
    proved = _proved(proof)
    wanted = {"session": session.id, "service": service.id, "now": work.now}
    if door == OIDC and (found := work.execute(_OF_SESSION, wanted).first()) is not None:
        work.execute(
            _AGAIN, {"which": found.id, "now": work.now, **{f"new_{key}": each for key, each in proved.items()}}
        )
        return found.id, found.sid
    sid, seen = secrets.token_urlsafe(32), seen or work.origin
    row = {
        "sid": sid,
        "account_id": session.account_id,
        "service_id": service.id,
        "session_id": session.id,
        "door": door,
        "token_hash": token_hash,
        "started_at": work.now,
        "last_seen_at": work.now,
        "expires_at": work.now + timedelta(seconds=work.config.service_session_life),
        "browser_name": seen.browser,
        "address": seen.address,
    }
    return work.insert(_START, row | proved), sid


def _proved(proof: Proof) -> dict[str, Any]:
    return {
        "auth_time": proof.auth_time,
        "acr": proof.acr,
        "amr": proof.amr,
        "by_factor": proof.factor_id is not None,
        "proved_by": proof.factor_id,
    }


_AGAIN = _PROVE.values(
    last_seen_at=NOW,
    auth_time=bindparam("new_auth_time", type_=Moment),
    acr=bindparam("new_acr"),
    amr=bindparam("new_amr"),
    by_factor=bindparam("new_by_factor"),
    proved_by=bindparam("new_proved_by"),
)


def touch(work: Work, service_session_id: int) -> None:
    """Store "last seen", at most once in five minutes."""
    work.execute(_TOUCH, {"which": service_session_id, "now": work.now, "before": work.now - TOUCHED_EVERY})
