"""Logouts that apps hear of (OpenID Connect back-channel logout): what is queued for them, and what is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, literal, select

from trustweb.models import NOW, Delivery, Moment, Service, ServiceAccess, ServiceSession
from trustweb.work import Work

LOGOUT = "logout"
BACK_CHANNEL = "back-channel"
"""What stands in a delivery's ``transport``. No transport has such a name: theirs have no dash."""
_LIFE = timedelta(days=1)
_KEPT = timedelta(days=7)
# It carries all that the app is told, since account and service session may be gone when it is sent.
_ROW: dict[str, Any] = {
    "kind": literal(LOGOUT),
    "service_id": ServiceSession.service_id,
    "sid": ServiceSession.sid,
    "sub": ServiceAccess.sub,
    "method": literal("app"),
    "destination": literal(""),
    "language": literal(""),
    "transport": literal(BACK_CHANNEL),
    # What the app knows the person by: whether it has heard is looked up by the index of transport and this.
    "carrier_id": ServiceAccess.sub,
    "due_at": NOW,
    "created_at": NOW,
    "changed_at": NOW,
    "deadline": bindparam("until", type_=Moment),
}
_PUT = (
    insert(Delivery)
    .from_select(
        list(_ROW),
        select(*_ROW.values())
        .join(Service, Service.id == ServiceSession.service_id)
        .join(
            ServiceAccess,
            (ServiceAccess.account_id == ServiceSession.account_id)
            & (ServiceAccess.service_id == ServiceSession.service_id),
        )
        .where(ServiceSession.id == bindparam("ended"), Service.oidc, Service.logout_uri.is_not(None)),
    )
    .returning(Delivery.id)
)
_FIND = (
    select(Service.logout_uri, Service.client_id, Delivery.sid, Delivery.sub)
    .join(Service, Service.id == Delivery.service_id)
    .where(Delivery.id == bindparam("delivery"), Service.oidc, Service.logout_uri.is_not(None))
)
_FORGET = delete(Delivery).where(Delivery.transport == BACK_CHANNEL, Delivery.created_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Logout:
    """The content of a logout, and where the operator wants it now."""

    uri: str
    client_id: str
    sid: str
    sub: str = field(repr=False)


def put(work: Work, service_session_id: int) -> None:
    """Queue the news that a service session has ended, if its app wants to hear of it, in the same transaction."""
    values = {"ended": service_session_id, "now": work.now, "until": work.now + _LIFE}
    work.woken.extend(work.execute(_PUT, values).scalars())


def find(work: Work, delivery_id: int) -> Logout | None:
    """Return the content of a logout; None when its service is gone or wants to hear nothing any more."""
    row = work.execute(_FIND, {"delivery": delivery_id}).one_or_none()
    return None if row is None else Logout(*row)


def forget_old(work: Work) -> None:
    """Delete the news that are older than a week."""
    work.execute(_FORGET, {"before": work.now - _KEPT})
