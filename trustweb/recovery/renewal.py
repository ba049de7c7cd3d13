"""The end of a recovery: a new password and the removal of every factor, so that the person enrols anew."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select, update

from trustweb import notices
from trustweb.accounts import token_hash
from trustweb.authentication import known_browsers, sessions, sign_in
from trustweb.models import MAIL_ADDRESS, NOW, Account, Base, Challenge, Factor, KnownBrowser
from trustweb.work import Work

_FACTORS = select(Factor.id).where(Factor.account_id == bindparam("account"), Factor.kind != MAIL_ADDRESS)
# Every table of factors, also a future one: no factor that somebody else may hold stays valid. But not the address,
# which is the account's name and stays the same in a recovery.
_REMOVE = [
    update(table)
    .where(table.c["factor_id" if "factor_id" in table.c else "id"].in_(_FACTORS), table.c.removed_at.is_(None))
    .values(removed_at=NOW)
    for table in Base.metadata.sorted_tables
    if "removed_at" in table.c and ("factor_id" in table.c or table is Factor.__table__)
]
_END_CHALLENGES = (
    update(Challenge)
    .where(Challenge.account_id == bindparam("account"), Challenge.ended_at.is_(None))
    .values(ended_at=NOW, outcome="cancelled")
)
_FORGET_BROWSERS = delete(KnownBrowser).where(KnownBrowser.account_id == bindparam("account"))
_BEGIN_ANEW = (
    update(Account)
    .where(Account.id == bindparam("account"))
    .values(two_factor_since=None, two_factor_off_at=None, deletes_at=None, strangers_blocked_at=None)
)


def begin_anew(work: Work, account_id: int, new_hash: str, browser_token: str) -> str:
    """Give an account to the person who has recovered it, and return the token of their full session.

    Every channel that the account had is told first, since the owner may still hold one of them.
    """
    notices.tell(work, account_id, "account_recovered")
    whose = {"account": account_id, "now": work.now}
    for remove in _REMOVE:
        work.execute(remove, whose)
    work.execute(_END_CHALLENGES, whose)
    work.execute(_FORGET_BROWSERS, whose)
    work.execute(_BEGIN_ANEW, whose)
    sign_in.store_password(work, account_id, new_hash)
    known_browsers.remember(work, account_id, browser_token)
    _, token = sessions.start(
        work,
        account_id,
        stage=sessions.FULL,
        known_browser=True,
        browser_hash=token_hash(browser_token),
    )
    return token
