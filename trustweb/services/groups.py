"""The groups that an operator puts accounts into, for services that are for some people only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from sqlalchemy import Executable, bindparam, delete, select

from trustweb.models import Account, AccountGroup
from trustweb.statements import inserting
from trustweb.work import Work

_ALL = (
    select(AccountGroup.name, Account.name.label("account"))
    .join(Account, Account.id == AccountGroup.account_id)
    .order_by(AccountGroup.name, Account.name)
)
_LEAVE = delete(AccountGroup).where(
    AccountGroup.account_id == bindparam("account"), AccountGroup.name == bindparam("group")
)


def every(work: Work) -> dict[str, list[str]]:
    """Return the names of each group's members."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, account in work.execute(_ALL):
        found[name].append(account)
    return dict(found)


def join(work: Work, group: str, account_ids: Iterable[int]) -> int:
    """Add accounts to a group, and return how many were not in it."""
    add = _add(work.connection.dialect.name)
    return sum(work.changed(add, {"account_id": each, "name": group}) for each in sorted(account_ids))


def leave(work: Work, group: str, account_ids: Iterable[int]) -> int:
    """Take accounts out of a group, and return how many were in it. It counts at their next request."""
    return sum(work.changed(_LEAVE, {"account": each, "group": group}) for each in sorted(account_ids))


# Depends on the SQL dialect alone.
@cache
def _add(dialect_name: str) -> Executable:
    statement: Executable = inserting(dialect_name)(AccountGroup).on_conflict_do_nothing()
    return statement
