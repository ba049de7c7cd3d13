"""Requests on their way to a service: rows, kept while a person signs in, proves something or consents.

The id of a row is in the path of each of its pages and works in one browser only, so that two apps in two tabs do not
meet. The row counts, and not what a browser brings back.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update

from trustweb.models import NOW, Moment, RequestView, ServiceRequest, SessionView, columns
from trustweb.work import Refused, Work

AUTHORIZE, ENTER = "authorize", "enter"
LIFE = timedelta(minutes=10)
_AGAIN = timedelta(seconds=10)
_KEEP = insert(ServiceRequest)
_FIND = select(*columns(RequestView, ServiceRequest)).where(
    ServiceRequest.id == bindparam("wanted"), ServiceRequest.expires_at > NOW
)
_THIS = update(ServiceRequest).where(ServiceRequest.id == bindparam("wanted"))
_BIND = _THIS.where(ServiceRequest.browser_hash == "").values(browser_hash=bindparam("browser"))
_CONSENT = _THIS.where(ServiceRequest.done_at.is_(None)).values(session_id=bindparam("session"), consented_at=NOW)
_CANCEL = _THIS.where(ServiceRequest.done_at.is_(None)).values(cancelled=True)
# The second click of a double click cancels the browser's first way, and so gets a way of its own. Of "go" and "cancel"
# at once one counts.
_SPEND = _THIS.where(
    ServiceRequest.cancelled == bindparam("was_cancelled"),
    or_(ServiceRequest.done_at.is_(None), ServiceRequest.done_at > bindparam("since", type_=Moment)),
).values(done_at=func.coalesce(ServiceRequest.done_at, NOW))


class RequestOver(Refused):
    """The request is too old, was finished, or belongs to another browser: one answer for all."""


def keep(work: Work, service_id: int, kind: str, values: Mapping[str, Any], browser_hash: str = "") -> str:
    """Store a request and return its id. ``browser_hash``: "" when the browser's cookies did not come with it."""
    request_id = secrets.token_urlsafe(32)
    row = {
        "id": request_id,
        "service_id": service_id,
        "kind": kind,
        "browser_hash": browser_hash,
        "values": dict(values),
        "created_at": work.now,
        "expires_at": work.now + LIFE,
    }
    work.execute(_KEEP, row)
    return request_id


def find(work: Work, request_id: str, browser_hash: str) -> RequestView:
    """Return a request that this browser may go on with, or that no browser has come for yet. Raises RequestOver."""
    row = work.execute(_FIND, {"wanted": request_id, "now": work.now}).one_or_none()
    if row is None or (found := RequestView(*row)).browser_hash not in {"", browser_hash}:
        raise RequestOver
    return found


def bind(work: Work, request_id: str, browser_hash: str) -> None:
    """Let only this browser go on with a request that came without cookies. Raises RequestOver if another was first."""
    if not work.changed(_BIND, {"wanted": request_id, "browser": browser_hash}):
        find(work, request_id, browser_hash)


def consent(work: Work, request: RequestView, session: SessionView) -> None:
    """Store that the person consented to this request, in this session. Raises RequestOver."""
    if not work.changed(_CONSENT, {"wanted": request.id, "session": session.id, "now": work.now}):
        raise RequestOver


def cancel(work: Work, request_id: str) -> None:
    """Store that the person does not want to go on; the app is told when the browser leaves."""
    work.execute(_CANCEL, {"wanted": request_id})


def spend(work: Work, request: RequestView) -> None:
    """Finish a request. Raises RequestOver when it was finished before, but for a double click, or just cancelled."""
    this = {"wanted": request.id, "was_cancelled": request.cancelled}
    if not work.changed(_SPEND, this | {"since": work.now - _AGAIN, "now": work.now}):
        raise RequestOver
