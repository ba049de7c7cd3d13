"""The program door of a service: sign-in of programs with an app-specific password, and never to the account.

It runs at every request of every program, so a right password costs one query by indexes and no slow hash: a hundred
random bits cannot be guessed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import unquote

from sqlalchemy import Row, and_, bindparam, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trustweb.accounts import name_key
from trustweb.codes import limits
from trustweb.config import Rates
from trustweb.database import Database
from trustweb.factors import app_passwords
from trustweb.factors.app_passwords import Parts
from trustweb.keys import KeyRing
from trustweb.models import NOW, Account, AppPassword, Limit, Service, ServiceAccess, ServiceView
from trustweb.services import listing, policy
from trustweb.work import Refused, Work

log = logging.getLogger(__name__)
LIMIT = "wrong_app_passwords"
_USED_EVERY = timedelta(minutes=5)
_NOBODY = Parts("", "")
_NAME = re.compile("[a-z0-9-]{1,32}")
"""Other names are not asked for: PostgreSQL refuses some, such as one with a NUL."""
Found = Row[*tuple[Any, ...]]
_IS_THERE = select(Service.id).where(Service.name == bindparam("service"), Service.program)
# Has a row whenever the service has this door. Joined with the running windows of wrong passwords from this address,
# one a row: mostly none.
_FIND = (
    select(
        Service.id.label("service_id"), Service.groups, Service.user_is, AppPassword.id, AppPassword.account_id,
        AppPassword.mac, AppPassword.last_used_at, AppPassword.last_address, Account.name, Account.name_key,
        ServiceAccess.sub, Limit.span, Limit.hits,
    )
    .outerjoin(
        AppPassword,
        and_(
            AppPassword.handle == bindparam("handle"),
            AppPassword.service == Service.name,
            AppPassword.revoked_at.is_(None),
        ),
    )
    .outerjoin(
        Account,
        and_(
            Account.id == AppPassword.account_id, Account.disabled_at.is_(None), Account.two_factor_since.is_not(None)
        ),
    )
    .outerjoin(
        ServiceAccess, and_(ServiceAccess.account_id == Account.id, ServiceAccess.service_id == Service.id)
    )
    .outerjoin(Limit, and_(Limit.name == LIMIT, Limit.subject == bindparam("counted"), Limit.resets_at > NOW))
    .where(Service.name == bindparam("service"), Service.program)
)  # fmt: skip
_USE = (
    update(AppPassword)
    .where(
        AppPassword.id == bindparam("which"),
        or_(AppPassword.last_used_at.is_(None), AppPassword.last_used_at <= bindparam("before")),
    )
    .values(last_used_at=NOW, last_address=bindparam("from_where"))
)


class UnknownService(Refused):
    """There is no service of that name, or it has no door for programs."""


class WrongAppPassword(Refused):
    """The password is unknown, revoked, for another service or of another account: one answer for all."""


class NotInItsGroups(Refused):
    """The password is right, and its owner is in none of the groups that the service is for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program's network address ("" when unknown), and the function that turns one into a limit's subject."""

    address: str
    count: Callable[[str], str]

    @property
    def counted(self) -> str:
        return self.count(self.address)

    def was_at(self, address: str) -> bool:
        """Return True if limits count both addresses as one: a phone has another one each day, in the same network."""
        return bool(address) and self.count(address) == self.counted


def warn_of_missing(work: Work) -> None:
    """Log which services TRUSTWEB_SERVICES names that are none: the rows count, and the setting only made the first."""
    if not {"TRUSTWEB_SERVICES", "TRUSTWEB_SERVICES_FILE"} & work.config.environment.keys():
        return
    names = {each.name for each in listing.every(work)}
    if missing := [each for each in work.config.service_names if each not in names]:
        log.warning(
            "TRUSTWEB_SERVICES names services that are not there: %s; `trustweb service add %s --program` adds one",
            ", ".join(missing), missing[0],
        )  # fmt: skip


def offered(work: Work, account_id: int) -> list[ServiceView]:
    """Return the services that programs of the account may open."""
    groups = listing.groups_of(work, account_id)
    return [each for each in listing.every(work) if each.program and policy.may_enter(each, groups)]


def exists(database: Database, service: str) -> bool:
    """Return True if the service has a door for programs."""
    if not _NAME.fullmatch(service):
        return False
    with database.reading() as work:
        return work.execute(_IS_THERE, {"service": service}).first() is not None


def check(database: Database, service: str, user: str, password: str, caller: Caller) -> str:
    """Return what the service knows the account by that has this password for it.

    Raises UnknownService, WrongAppPassword, limits.TooOften or NotInItsGroups.
    """
    if not _NAME.fullmatch(service):
        raise UnknownService
    parts, rates = app_passwords.read(password) or _NOBODY, database.config.wrong_app_passwords
    counted = caller.counted
    wanted = {"service": service, "handle": parts.handle, "counted": counted}
    with database.reading() as work:
        rows = work.execute(_FIND, wanted | {"now": work.now}).all()
        if not rows:
            raise UnknownService
        found = rows[0]
        right = _fits(work.keys, found, parts, service, user)
        # A full limit refuses right passwords too, since guessing may have found one; but not where it was last used,
        # so that guessers in the same network do not keep its owner out.
        waits = not right or (_used_up(rows, rates) and not caller.was_at(found.last_address))
        again_at = limits.full(work, LIMIT, counted, rates) if waits else None
        kept_out = right and found.groups and not _is_in_a_group(work, found)
    if again_at:
        raise limits.TooOften(LIMIT, again_at)
    if not right:
        with database.writing() as work:
            limits.hit(work, LIMIT, counted, rates)
        raise WrongAppPassword
    if kept_out:
        raise NotInItsGroups
    _note_use(database, found, caller)
    return str(found.name) if found.user_is == "name" else found.sub or _first_id(database, found)


def _fits(keys: KeyRing, found: Found, parts: Parts, service: str, user: str) -> bool:
    if found.name is None:
        parts.mac(keys, 0, service)  # takes as long as for an existing password
        return False
    return parts.fits(keys, found.account_id, service, found.mac) and found.name_key in _keys(user)


def _is_in_a_group(work: Work, found: Found) -> bool:
    return policy.may_enter(cast("ServiceView", found), listing.groups_of(work, found.account_id))


def _first_id(database: Database, found: Found) -> str:
    """Return the account's id at a service that it has not come to before."""
    with database.writing(found.account_id) as work:
        return listing.ensure_access(work, found.account_id, found.service_id).sub


def _keys(user: str) -> set[str]:
    """Return the keys of every account name that a program may mean.

    Programs percent-encode all of a name (as UTF-8 or as Latin-1) or, as Apple's do, the @ alone; and a name may
    contain a %. The password decides which account it is, so reading a name in several ways lets in nobody else.
    """
    if "%" not in user:
        return {name_key(user)}
    local, _, domain = user.rpartition("%40")
    try:
        decoded = unquote(user, errors="strict")
    except UnicodeDecodeError:
        decoded = unquote(user, encoding="latin-1")
    return {name_key(each) for each in (user, decoded, f"{local}@{domain}")}


def _used_up(rows: Sequence[Found], rates: Rates) -> bool:
    most = {span: count for count, span in rates}
    return any(each.span in most and each.hits >= most[each.span] for each in rows)


def _note_use(database: Database, found: Found, caller: Caller) -> None:
    """Store the use, at most once in five minutes. The program gets in even when that fails, as on a full disk."""
    before = database.now() - _USED_EVERY
    if found.last_used_at is not None and found.last_used_at > before:
        return
    try:
        with database.writing() as work:
            work.changed(_USE, {"which": found.id, "before": before, "from_where": caller.address, "now": work.now})
    except (DBAPIError, PoolTimeout) as error:
        kind = type(getattr(error, "orig", error)).__name__
        log.error("last used: the database refuses", extra={"error": kind})  # noqa: TRY400
