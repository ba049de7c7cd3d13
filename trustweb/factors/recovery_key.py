"""The recovery key: shown once, written down, valid once it was typed back, and good for one use."""

from __future__ import annotations

import hmac

from sqlalchemy import bindparam, delete, insert, select, update

from trustweb import factors, notices
from trustweb.accounts import token_hash
from trustweb.factors import crockford, enrolment, papers
from trustweb.models import (
    KEY_SECRET,
    NOW,
    RECOVERY_KEY,
    NewRecoveryKey,
    RecoveryKey,
    RecoveryKeyView,
    SessionView,
    new_public_id,
)
from trustweb.work import Refused, Work

LENGTH, _GROUP = 28, 4
_ADD, _SHOW = insert(RecoveryKey), insert(NewRecoveryKey)
_SHOWN_IN = NewRecoveryKey.session_id == bindparam("session")
_SHOWN = select(NewRecoveryKey.public_id, NewRecoveryKey.secret).where(_SHOWN_IN)
_DROP = delete(NewRecoveryKey).where(_SHOWN_IN)
_THIS = (
    RecoveryKey.account_id == bindparam("account"),
    RecoveryKey.key_hash == bindparam("hashed"),
    RecoveryKey.used_at.is_(None),
    RecoveryKey.removed_at.is_(None),
)
_IS_RIGHT = select(RecoveryKey.factor_id).where(*_THIS)
# Of several that use the key at once, the row count decides which was first.
_USE = update(RecoveryKey).where(*_THIS).values(used_at=NOW).returning(RecoveryKey.factor_id)


_PAPER = papers.Paper(view=RecoveryKeyView)
check_replaceable, check_removal, remove = _PAPER.check_replaceable, _PAPER.check_removal, _PAPER.remove


class RecoveryKeyUnreadable(Refused):
    """The typed text cannot be a recovery key; it does not count as a try."""


class RecoveryKeyWrong(papers.PaperWrong):
    """The key is wrong or used up: one answer for both."""


class KeyMistyped(Refused):
    """The typed key is not the one that was shown last."""


class RecoveryKeyAlreadyShown(Refused):
    """The page that asked for a key is out of date: it was reloaded, or another tab has made a key since."""


class NothingShown(Exception):
    """No key waits to be typed back, since it was typed in another tab. Not a Refused: nothing went wrong."""


def read(typed: str) -> str:
    """Return the key that somebody typed, in its stored form. Raises RecoveryKeyUnreadable."""
    key = crockford.read(typed, LENGTH)
    if key is None:
        raise RecoveryKeyUnreadable
    return key


def shown(work: Work, session: SessionView) -> str:
    """Return the id of the key that was shown in this session and waits to be typed back, or "".

    The form of the page sends it back to ``create``.
    """
    row = work.execute(_SHOWN, {"session": session.id}).one_or_none()
    return row.public_id if row else ""


def create(work: Work, session: SessionView, seen: str) -> str:
    """Make a key and return it to be shown once. It is not valid yet, and one shown earlier never will be.

    ``seen``: the id that the page knew of, from ``shown``. Raises RecoveryKeyAlreadyShown or what
    check_replaceable raises.
    """
    check_replaceable(work, session)
    if shown(work, session) != seen:
        raise RecoveryKeyAlreadyShown
    key = crockford.make(LENGTH)
    work.execute(_DROP, {"session": session.id})
    secret = work.keys.seal(KEY_SECRET, key.encode())
    work.execute(_SHOW, {"session_id": session.id, "public_id": new_public_id(), "secret": secret})
    return crockford.grouped(key, _GROUP)


def confirm(work: Work, session: SessionView, typed: str) -> None:
    """Make the key that was shown valid, in place of the earlier one.

    The step-up window had to be open when it was shown, and may be over now. Raises RecoveryKeyUnreadable, KeyMistyped,
    NothingShown, Frozen or RemovalTooEarly.
    """
    key = read(typed)
    if not hmac.compare_digest(_waiting(work, session).encode(), key.encode()):
        raise KeyMistyped
    old = _PAPER.check_old(work, session)
    work.execute(_DROP, {"session": session.id})
    if old is not None:
        _PAPER.take_away(work, session, old)
    factor_id = work.insert(enrolment.ADD, factors.new_row(work, session, RECOVERY_KEY, ""))
    row = {"factor_id": factor_id, "account_id": session.account_id, "key_hash": token_hash(key)}
    work.execute(_ADD, row)
    factors.require_codes_elsewhere(work, session)
    notices.tell(work, session.account_id, "recovery_key_replaced" if old else "recovery_key_set")


def _waiting(work: Work, session: SessionView) -> str:
    row = work.execute(_SHOWN, {"session": session.id}).one_or_none()
    if row is None:
        raise NothingShown
    try:
        return work.keys.open(KEY_SECRET, row.secret).decode()
    except ValueError:  # the key ring no longer has its key
        raise NothingShown from None


def is_right(work: Work, account_id: int, key: str) -> bool:
    """Return True if it is the account's key and not used up, without using it up."""
    return work.execute(_IS_RIGHT, {"account": account_id, "hashed": token_hash(key)}).first() is not None


def prove(work: Work, account_id: int, typed: str) -> int:
    """Use up the account's key and return its factor id. Raises RecoveryKeyUnreadable or RecoveryKeyWrong.

    The caller counts the tries and decides what the key opens: at sign-in it replaces a code, and for a forgotten
    password it replaces the old password, but no code.
    """
    using = {"account": account_id, "hashed": token_hash(read(typed)), "now": work.now}
    factor_id: int | None = work.execute(_USE, using).scalar_one_or_none()
    if factor_id is None:
        raise RecoveryKeyWrong
    notices.tell(work, account_id, "recovery_key_used")
    return factor_id
