"""The operator's recovery link: a one-use link with which somebody sets a new password and enrols anew.

The operator never chooses or sees a password.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import bindparam, insert, select, update

from trustweb import notices
from trustweb.accounts import token_hash
from trustweb.authentication import passwords
from trustweb.authentication.passwords import Hasher
from trustweb.codes.links import LinkSpent
from trustweb.database import Database
from trustweb.models import NOW, Account, Recovery
from trustweb.recovery import renewal
from trustweb.work import Origin, Work

KIND = "operator"
_START = insert(Recovery).returning(Recovery.id)
_OPEN = (Recovery.kind == KIND, Recovery.ended_at.is_(None))
_REPLACE = (
    update(Recovery).where(Recovery.account_id == bindparam("account"), *_OPEN).values(ended_at=NOW, outcome="replaced")
)
_GOOD = (*_OPEN, Recovery.token_hash == bindparam("hashed"), Recovery.link_until > NOW)
_FIND = (
    select(Account.id, Account.name)
    .join(Recovery, Recovery.account_id == Account.id)
    .where(*_GOOD, Account.disabled_at.is_(None))
)
_USE = update(Recovery).where(*_GOOD).values(ended_at=NOW, outcome="used")


def make(work: Work, account_id: int) -> str:
    """Make a link, which ends an earlier one, and return its token. The owner is told on every channel."""
    token = secrets.token_urlsafe(32)
    work.execute(_REPLACE, {"account": account_id, "now": work.now})
    row = {
        "account_id": account_id,
        "kind": KIND,
        "token_hash": token_hash(token),
        "started_at": work.now,
        "seen_at": work.now,
        "link_until": work.now + timedelta(seconds=work.config.recovery_link_life),
    }
    work.insert(_START, row)
    notices.tell(work, account_id, "recovery_link_made")
    return token


def look(work: Work, token: str) -> str:
    """Return the name of the account that a link is for. Raises LinkSpent."""
    return _find(work, token)[1]


def use(database: Database, hasher: Hasher, token: str, password: str, browser_token: str, origin: Origin) -> str:
    """Set the new password, remove every factor, and return the token of a full session (``renewal.begin_anew``).

    Raises LinkSpent, passwords.PasswordRefused or passwords.TooBusy.
    """
    with database.reading() as work:
        account_id, name = _find(work, token)
    passwords.check_new(database.config, password, name)
    hashed = hasher.hash(password)
    with database.writing(account_id, origin) as work:
        _find(work, token)
        if not work.changed(_USE, {"hashed": token_hash(token), "now": work.now}):
            raise LinkSpent
        return renewal.begin_anew(work, account_id, hashed, browser_token)


def _find(work: Work, token: str) -> tuple[int, str]:
    row = work.execute(_FIND, {"hashed": token_hash(token), "now": work.now}).one_or_none()
    if row is None:
        raise LinkSpent
    return row[0], row[1]
