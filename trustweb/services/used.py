"""The services that an account is in now: what its owner sees on the card *Signed In With This Account*."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, exists, or_, select

from trustweb.endings import OIDC
from trustweb.factors import NotFound, app_passwords
from trustweb.models import (
    NOW,
    AppPassword,
    AppPasswordView,
    Service,
    ServiceAccess,
    ServiceSession,
    ServiceToken,
)
from trustweb.services import service_sessions
from trustweb.services.service_sessions import BROWSER
from trustweb.work import Work

_WHOSE: BindParameter[int] = bindparam("account")
# Revoked ones too, so that the second click of a double click finds the service.
_HAS_PASSWORD = exists().where(AppPassword.account_id == _WHOSE, AppPassword.service == Service.name)
_SERVICES = (
    select(
        Service.id, Service.name, Service.title, Service.oidc, ServiceAccess.sub, ServiceAccess.scopes,
        ServiceAccess.consented_at, ServiceAccess.last_used_at, ServiceAccess.last_address, ServiceAccess.last_browser,
    )
    .outerjoin(ServiceAccess, and_(ServiceAccess.service_id == Service.id, ServiceAccess.account_id == _WHOSE))
    .where(or_(ServiceAccess.id.is_not(None), _HAS_PASSWORD))
)  # fmt: skip
_OFFLINE = exists().where(
    ServiceToken.service_session_id == ServiceSession.id,
    ServiceToken.kind == "refresh",
    ServiceToken.offline,
    ServiceToken.spent_at.is_(None),
    ServiceToken.revoked_at.is_(None),
    ServiceToken.expires_at > NOW,
)
_SESSIONS = (
    select(
        ServiceSession.service_id, ServiceSession.door, ServiceSession.last_seen_at, ServiceSession.address,
        ServiceSession.browser_name,
    )
    .select_from(service_sessions.joined())
    .where(
        ServiceSession.account_id == _WHOSE,
        or_(and_(*service_sessions.live()), and_(*service_sessions.allowed(), _OFFLINE)),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Use:
    """A time at which a service was used, and from where."""

    at: datetime
    address: str = ""
    browser: str = ""


@dataclass(slots=True)
class Used:
    """A service, and what an account is signed in to there."""

    id: int
    name: str
    title: str
    is_app: bool
    """True when it has the door for apps, which keep sign-ins of their own."""
    sub: str = ""
    """The account's id there; "" when only programs came."""
    scopes: Sequence[str] = ()
    """What the person consented to that the app may read."""
    consented_at: datetime | None = None
    doors: set[str] = field(default_factory=set)
    """The doors by which somebody is in now: oidc, browser."""
    programs: int = 0
    """The number of app-specific passwords."""
    uses: list[Use] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The name that people read."""
        return self.title or self.name

    @property
    def app(self) -> bool:
        return OIDC in self.doors

    @property
    def site(self) -> bool:
        return BROWSER in self.doors

    @property
    def last(self) -> Use | None:
        """The newest use, by whatever door."""
        return max(self.uses, key=lambda use: use.at, default=None)

    @property
    def is_open(self) -> bool:
        """True when there is something to end."""
        return bool(self.doors or self.programs or self.consented_at)


def every(work: Work, account_id: int) -> list[Used]:
    """Return all services that the account ever came to and that are still there, by name, with what is open now."""
    whose = {"account": account_id}
    found = {row.id: _used(row) for row in work.execute(_SERVICES, whose)}
    for row in work.execute(_SESSIONS, whose | service_sessions.moments(work)) if found else ():
        if (service := found.get(row.service_id)) is not None:
            service.doors.add(row.door)
            service.uses.append(Use(row.last_seen_at, row.address, row.browser_name))
    _add_programs(found.values(), app_passwords.listed(work, account_id) if found else ())
    return sorted(found.values(), key=lambda each: (each.shown.casefold(), each.id))


def listed(work: Work, account_id: int) -> list[Used]:
    """Return the services where something of the account's is open now."""
    return [each for each in every(work, account_id) if each.is_open]


def find(work: Work, account_id: int, name: str, which: Callable[[Used], object] | None = None) -> Used:
    """Return a service by its name. Raises NotFound where the account never came, or when ``which`` is not true of it.

    So nobody learns here which services there are.
    """
    for each in every(work, account_id):
        if each.name == name and (which is None or which(each)):
            return each
    raise NotFound


def _used(row: Any) -> Used:
    uses = [Use(row.last_used_at, row.last_address, row.last_browser)] if row.last_used_at else []
    scopes = row.scopes.split() if row.consented_at else ()
    return Used(row.id, row.name, row.title, row.oidc, row.sub or "", scopes, row.consented_at, uses=uses)


def _add_programs(services: Collection[Used], passwords: Collection[AppPasswordView]) -> None:
    by_name = {each.name: each for each in services}
    for each in passwords:
        if (service := by_name.get(each.service)) is not None:
            service.programs += 1
            if each.last_used_at:
                service.uses.append(Use(each.last_used_at, each.last_address))
