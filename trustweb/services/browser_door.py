"""The browser door: a proxy asks at every request whose cookie its site's host was sent.

It runs at every request of every site, so whoever is let in costs one query by an index.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Executable, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import aliased

from trustweb.accounts import token_hash
from trustweb.database import Database
from trustweb.models import MAIL_ADDRESS, Account, AccountGroup, Factor, Service, ServiceAccess, ServiceSession
from trustweb.services import policy, service_sessions
from trustweb.work import Work

log = logging.getLogger(__name__)
_PROVED = aliased(Factor)
_ADDRESS = (
    select(func.count())
    .where(_PROVED.account_id == Account.id, _PROVED.kind == MAIL_ADDRESS, _PROVED.removed_at.is_(None))
    .scalar_subquery()
    .label("address_proved")
)
_IS_THERE = select(Service.id).where(Service.name == bindparam("service"), Service.browser)


@dataclass(frozen=True, slots=True)
class Person:
    """The person who uses a site, as the site hears of them."""

    user: str
    """The account's random id at this service, or its name, as the service says."""
    name: str
    email: str
    """The account's address; "" when it is not proved."""
    groups: list[str]


# Depends on the SQL dialect alone.
@cache
def _find(dialect_name: str) -> Executable:
    # Not aggregate_strings, which is the same on both: its separator is put into the SQL anew at each execution.
    name = AccountGroup.name
    joined = func.group_concat(name) if dialect_name == "sqlite" else func.string_agg(name, ",")
    groups = select(joined).where(AccountGroup.account_id == Account.id).scalar_subquery().label("member_of")
    return (
        select(
            ServiceSession.id, ServiceSession.last_seen_at, ServiceSession.acr, Service.needs, Service.groups,
            Service.user_is, Service.origin, ServiceAccess.sub, Account.name, Account.display_name, groups, _ADDRESS,
        )
        .select_from(service_sessions.joined())
        .where(
            ServiceSession.token_hash == bindparam("hashed"),
            ServiceSession.door == service_sessions.BROWSER,
            Service.name == bindparam("service"),
            Service.browser,
            *service_sessions.live(),
        )
    )  # fmt: skip


def find(database: Database, service: str, cookie: str, *, host_only: bool) -> Person | None:
    """Return the person whose cookie this is at a service; None when it does not let in, or not any more.

    ``host_only``: the cookie's name begins with __Host-, which it has to exactly where the site has https.
    """
    with database.reading() as work:
        wanted = {"hashed": token_hash(cookie), "service": service} | service_sessions.moments(work)
        found = work.execute(_find(work.connection.dialect.name), wanted).one_or_none()
    if found is None or (found.origin or "").startswith("https:") != host_only:
        return None
    groups = sorted(found.member_of.split(",")) if found.member_of else []
    if not policy.is_enough(found.acr, found.needs) or not policy.may_enter(found, groups):
        return None
    if found.last_seen_at <= wanted["now"] - service_sessions.TOUCHED_EVERY:
        _touch(database, found.id)
    return Person(
        found.sub if found.user_is == "id" else found.name,
        found.display_name or found.name,
        found.name if found.address_proved else "",
        groups,
    )


def _touch(database: Database, service_session_id: int) -> None:
    """Store "last seen". The person gets in even when that fails, as on a full disk."""
    try:
        with database.writing() as work:
            service_sessions.touch(work, service_session_id)
    except (DBAPIError, PoolTimeout) as error:
        kind = type(getattr(error, "orig", error)).__name__
        log.error("last seen: the database refuses", extra={"error": kind})  # noqa: TRY400


def is_there(work: Work, service: str) -> bool:
    """Return True if there is a service of this name with this door."""
    return work.execute(_IS_THERE, {"service": service}).first() is not None
