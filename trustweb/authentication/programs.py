"""Sign-in of programs with an app-specific password, to one service and never to the account.

It runs at every request of every program, so a right password costs one query by an index and no slow hash: a hundred
random bits cannot be guessed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
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
from trustweb.models import NOW, Account, AppPassword, Limit
from trustweb.work import Refused

log = logging.getLogger(__name__)
LIMIT = "wrong_app_passwords"
_USED_EVERY = timedelta(minutes=5)
_NOBODY = Parts("", "")
# Joined with the running windows of wrong passwords from this address, one a row: mostly none.
_FIND = (
    select(
        AppPassword.id, AppPassword.account_id, AppPassword.service, AppPassword.mac, AppPassword.last_used_at,
        AppPassword.last_address, Account.name, Account.name_key, Limit.span, Limit.hits,
    )
    .join(Account, Account.id == AppPassword.account_id)
    .outerjoin(Limit, and_(Limit.name == LIMIT, Limit.subject == bindparam("counted"), Limit.resets_at > NOW))
    .where(
        AppPassword.handle == bindparam("handle"),
        AppPassword.revoked_at.is_(None),
        Account.disabled_at.is_(None),
        Account.two_factor_since.is_not(None),
    )
)  # fmt: skip
_USE = (
    update(AppPassword)
    .where(
        AppPassword.id == bindparam("which"),
        or_(AppPassword.last_used_at.is_(None), AppPassword.last_used_at <= bindparam("before")),
    )
    .values(last_used_at=NOW, last_address=bindparam("from_where"))
)


class WrongAppPassword(Refused):
    """The password is unknown, revoked, for another service or of another account: one answer for all."""


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


def check(database: Database, service: str, user: str, password: str, caller: Caller) -> str:
    """Return the name of the account that has this password for this service.

    Raises WrongAppPassword or limits.TooOften.
    """
    parts, rates = app_passwords.read(password) or _NOBODY, database.config.wrong_app_passwords
    counted = caller.counted
    with database.reading() as work:
        rows = work.execute(_FIND, {"handle": parts.handle, "counted": counted, "now": work.now}).all()
        right = _fits(work.keys, rows, parts, service, user)
        # A full limit refuses right passwords too, since guessing may have found one; but not where it was last used,
        # so that guessers in the same network do not keep its owner out.
        waits = not right or (_used_up(rows, rates) and not caller.was_at(rows[0].last_address))
        again_at = limits.full(work, LIMIT, counted, rates) if waits else None
    if again_at:
        raise limits.TooOften(LIMIT, again_at)
    if not right:
        with database.writing() as work:
            limits.hit(work, LIMIT, counted, rates)
        raise WrongAppPassword
    _note_use(database, rows[0], caller)
    return str(rows[0].name)


def _fits(keys: KeyRing, rows: Sequence[Row[*tuple[Any, ...]]], parts: Parts, service: str, user: str) -> bool:
    if not rows:
        parts.mac(keys, 0, service)  # takes as long as for an existing password
        return False
    found = rows[0]
    right = parts.fits(keys, found.account_id, found.service, found.mac)
    return right and found.service == service and found.name_key in _keys(user)


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


def _used_up(rows: Sequence[Row[*tuple[Any, ...]]], rates: Rates) -> bool:
    most = {span: count for count, span in rates}
    return any(each.span in most and each.hits >= most[each.span] for each in rows)


def _note_use(database: Database, found: Row[*tuple[Any, ...]], caller: Caller) -> None:
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
