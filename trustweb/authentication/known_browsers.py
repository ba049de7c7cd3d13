"""Browsers that once held a full session of an account: strangers' mistakes do not count against them."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Executable, bindparam, select

from trustweb.accounts import token_hash
from trustweb.database import Work, inserting
from trustweb.models import KnownBrowser

_BROWSER = (KnownBrowser.account_id == bindparam("account"), KnownBrowser.token_hash == bindparam("browser"))
_KNOWN = select(KnownBrowser.id).where(*_BROWSER)


def is_known(work: Work, account_id: int, browser: str) -> bool:
    """Whether this browser held a full session of this account before."""
    return work.execute(_KNOWN, {"account": account_id, "browser": token_hash(browser)}).first() is not None


def remember(work: Work, account_id: int, browser: str) -> None:
    values = {"account_id": account_id, "token_hash": token_hash(browser), "first_seen_at": work.now}
    work.execute(_remember(work.connection.dialect.name), values)


@cache
def _remember(dialect_name: str) -> Executable:
    statement: Executable = inserting(dialect_name)(KnownBrowser).on_conflict_do_nothing()
    return statement
