"""The services of the operator, and what an account is there. Rows are the only truth, read at each request."""

from __future__ import annotations

import secrets
from functools import cache

from sqlalchemy import Executable, bindparam, select, update

from trustweb.models import NOW, AccessView, AccountGroup, Service, ServiceAccess, ServiceView, columns
from trustweb.statements import inserting
from trustweb.work import Work

_SERVICE = select(*columns(ServiceView, Service))
_BY_ID = _SERVICE.where(Service.id == bindparam("wanted"))
_BY_NAME = _SERVICE.where(Service.name == bindparam("wanted"))
_BY_CLIENT = _SERVICE.where(Service.client_id == bindparam("wanted"), Service.oidc)
_BY_ORIGIN = _SERVICE.where(Service.origin == bindparam("wanted"), Service.browser)
_ALL = _SERVICE.order_by(Service.name)
_ACCESS = select(*columns(AccessView, ServiceAccess)).where(
    ServiceAccess.account_id == bindparam("account"), ServiceAccess.service_id == bindparam("service")
)
_USE = (
    update(ServiceAccess)
    .where(ServiceAccess.account_id == bindparam("account"), ServiceAccess.service_id == bindparam("service"))
    .values(last_used_at=NOW, last_address=bindparam("from_where"), last_browser=bindparam("by"))
)
_GROUPS = select(AccountGroup.name).where(AccountGroup.account_id == bindparam("account")).order_by(AccountGroup.name)


def by_id(work: Work, service_id: int) -> ServiceView | None:
    return _one(work, _BY_ID, service_id)


def by_name(work: Work, name: str) -> ServiceView | None:
    return _one(work, _BY_NAME, name)


def by_client(work: Work, client_id: str) -> ServiceView | None:
    """Return the service of an app that speaks OpenID Connect."""
    return _one(work, _BY_CLIENT, client_id)


def by_origin(work: Work, origin: str) -> ServiceView | None:
    """Return the service whose site behind the browser door has this origin."""
    return _one(work, _BY_ORIGIN, origin)


def _one(work: Work, statement: Executable, wanted: int | str) -> ServiceView | None:
    if isinstance(wanted, str) and "\0" in wanted:  # for PostgreSQL that is no text, and an error
        return None
    row = work.execute(statement, {"wanted": wanted}).one_or_none()
    return None if row is None else ServiceView(*row)


def every(work: Work) -> list[ServiceView]:
    """Return all services by name."""
    return [ServiceView(*row) for row in work.execute(_ALL)]


def access_of(work: Work, account_id: int, service_id: int) -> AccessView | None:
    """Return the account's row for a service; None when it never came there."""
    row = work.execute(_ACCESS, {"account": account_id, "service": service_id}).one_or_none()
    return None if row is None else AccessView(*row)


def ensure_access(work: Work, account_id: int, service_id: int) -> AccessView:
    """Return the account's row for a service, made with a new random ``sub`` when it comes for the first time."""
    if (found := access_of(work, account_id, service_id)) is not None:
        return found
    row = {
        "account_id": account_id,
        "service_id": service_id,
        "sub": secrets.token_urlsafe(32),
        "created_at": work.now,
    }
    work.execute(_add(work.connection.dialect.name), row)  # another request may have been first
    made = access_of(work, account_id, service_id)
    assert made is not None
    return made


# Depends on the SQL dialect alone.
@cache
def _add(dialect_name: str) -> Executable:
    statement: Executable = inserting(dialect_name)(ServiceAccess).on_conflict_do_nothing()
    return statement


def note_use(work: Work, account_id: int, service_id: int) -> None:
    """Store when and from where the account was last used at a service."""
    values = {"account": account_id, "service": service_id, "now": work.now}
    work.execute(_USE, values | {"from_where": work.origin.address, "by": work.origin.browser})


def groups_of(work: Work, account_id: int) -> list[str]:
    """Return the names of the groups that an account is in, sorted."""
    return list(work.execute(_GROUPS, {"account": account_id}).scalars())
