"""Housekeeping of what people leave behind at services: expired requests, codes, tokens and service sessions."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Integer, bindparam, delete, exists, select

from trustweb.delivery import logouts
from trustweb.models import NOW, Moment, ServiceCode, ServiceRequest, ServiceSession, ServiceToken
from trustweb.work import Work

_AT_ONCE = 5000
"""Rows of a table that one round deletes: it holds up everybody else who writes."""
_BEFORE = bindparam("before", type_=Moment)
_MOST = bindparam("most", type_=Integer)
_NEEDED = exists().where(
    ServiceToken.service_session_id == ServiceSession.id,
    ServiceToken.revoked_at.is_(None),
    ServiceToken.expires_at > NOW,
)
_EXPIRED_REQUESTS = select(ServiceRequest.id).where(ServiceRequest.expires_at < _BEFORE).limit(_MOST)
_EXPIRED_CODES = select(ServiceCode.id).where(ServiceCode.expires_at < _BEFORE).limit(_MOST)
_EXPIRED_TOKENS = select(ServiceToken.id).where(ServiceToken.expires_at < _BEFORE).limit(_MOST)
_EXPIRED_SESSIONS = select(ServiceSession.id).where(ServiceSession.expires_at < _BEFORE, ~_NEEDED).limit(_MOST)
_FORGET_REQUESTS = delete(ServiceRequest).where(ServiceRequest.id.in_(_EXPIRED_REQUESTS))
_FORGET_CODES = delete(ServiceCode).where(ServiceCode.id.in_(_EXPIRED_CODES))
_FORGET_TOKENS = delete(ServiceToken).where(ServiceToken.id.in_(_EXPIRED_TOKENS))
_FORGET_SESSIONS = delete(ServiceSession).where(ServiceSession.id.in_(_EXPIRED_SESSIONS))
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def forget_old(work: Work) -> None:
    """Delete what expired. Codes and tokens rest for a day, so that one that is used again is recognised."""
    work.execute(_FORGET_REQUESTS, {"before": work.now - _HOUR, "most": _AT_ONCE})
    work.execute(_FORGET_CODES, {"before": work.now - _DAY, "most": _AT_ONCE})
    work.execute(_FORGET_TOKENS, {"before": work.now - _DAY, "most": _AT_ONCE})
    work.execute(_FORGET_SESSIONS, {"before": work.now - _DAY, "now": work.now, "most": _AT_ONCE})
    logouts.forget_old(work)
