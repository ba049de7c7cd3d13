"""Known browsers, which once held a full session of an account; strangers' failures do not count against them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Executable, bindparam, exists, select

from trustweb.accounts import name_key, token_hash
from trustweb.factors import trusted_devices
from trustweb.models import Account, Credentials, KnownBrowser, columns
from trustweb.statements import inserting
from trustweb.work import Work

_THIS = KnownBrowser.token_hash == bindparam("browser")
_KNOWN = select(KnownBrowser.id).where(KnownBrowser.account_id == bindparam("account"), _THIS)
_KNOWN_TO_ANY = select(KnownBrowser.id).where(_THIS).limit(1)
_CREDENTIALS = select(
    *columns(Credentials, Account), exists().where(KnownBrowser.account_id == Account.id, _THIS).label("known")
).where(Account.name_key == bindparam("key"))


def credentials(work: Work, name: str, browser: str) -> tuple[Credentials | None, bool]:
    """Return the credentials of a name, and True if its account knows this browser.

    One query for both, so that a name without an account takes as long as any other.
    """
    row = work.execute(_CREDENTIALS, {"key": name_key(name), "browser": token_hash(browser)}).one_or_none()
    if row is None:
        return None, False
    *found, known = row
    return Credentials(*found), known


def is_known(work: Work, account_id: int, browser: str) -> bool:
    """Return True if this browser held a full session of this account before."""
    return work.execute(_KNOWN, {"account": account_id, "browser": token_hash(browser)}).first() is not None


def known_subject(work: Work, account_id: int, browser: str, devices: Sequence[str]) -> str:
    """Return the subject that counts the tries of a browser which the account knows or trusts; "" for a stranger's."""
    return token_hash(browser) if is_known(work, account_id, browser) else trusted_subject(work, account_id, devices)


def trusted_subject(work: Work, account_id: int, devices: Sequence[str]) -> str:
    """Return the subject for a trusted browser that does not send the cookie of known browsers: its device.

    Not a browser token: such a browser could send another one with each try.
    """
    mine = (each.device for each in trusted_devices.presented(work, devices) if each.device.account_id == account_id)
    return next((f"device {each.id}" for each in mine), "")


def is_known_to_any(work: Work, browser: str) -> bool:
    """Return True if this browser held a full session of any account before."""
    return work.execute(_KNOWN_TO_ANY, {"browser": token_hash(browser)}).first() is not None


def remember(work: Work, account_id: int, browser: str) -> None:
    """Store that the account knows this browser."""
    values = {"account_id": account_id, "token_hash": token_hash(browser), "first_seen_at": work.now}
    work.execute(_remember(work.connection.dialect.name), values)


# Depends on the SQL dialect alone.
@cache
def _remember(dialect_name: str) -> Executable:
    statement: Executable = inserting(dialect_name)(KnownBrowser).on_conflict_do_nothing()
    return statement
