"""Endings of what an account, or everybody, has at one service."""

from __future__ import annotations

from sqlalchemy import bindparam, delete

from trustweb.endings import OIDC, AtServices
from trustweb.models import ServiceCode, ServiceSession
from trustweb.work import Work

_OF_SERVICE = ServiceSession.service_id == bindparam("service")
_OF_BOTH = AtServices(ServiceSession.account_id == bindparam("account"), _OF_SERVICE)
_OF_ALL = AtServices(_OF_SERVICE)
_OF_DOOR = AtServices(_OF_SERVICE, ServiceSession.door == bindparam("of_door"))
# Spent ones stay: whoever uses one twice is recognised by it.
_DROP_CODES = delete(ServiceCode).where(
    ServiceCode.account_id == bindparam("account"),
    ServiceCode.service_id == bindparam("service"),
    ServiceCode.spent_at.is_(None),
)
_DROP_ALL_CODES = delete(ServiceCode).where(
    ServiceCode.service_id == bindparam("service"), ServiceCode.spent_at.is_(None)
)


def end(work: Work, account_id: int, service_id: int) -> int:
    """End all that an account has at a service, by both doors: sessions, offline grants, codes that are on their way.

    The app hears of it. Return how many sessions and grants ended.
    """
    whose = {"account": account_id, "service": service_id}
    work.execute(_DROP_CODES, whose)
    return _OF_BOTH.end(work, whose)


def end_service(work: Work, service_id: int) -> None:
    """End all that anybody has at a service, before it is removed or loses a door."""
    work.execute(_DROP_ALL_CODES, {"service": service_id})
    _OF_ALL.end(work, {"service": service_id})


def end_door(work: Work, service_id: int, door: str) -> None:
    """End all that anybody has at a service by one door, before it is closed."""
    if door == OIDC:
        work.execute(_DROP_ALL_CODES, {"service": service_id})
    _OF_DOOR.end(work, {"service": service_id, "of_door": door})
