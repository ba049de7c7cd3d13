"""Backup codes: ten on paper, shown once, each good once."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import bindparam, delete, insert, select, update

from trustweb import factors, notices
from trustweb.factors import crockford, enrolment, papers
from trustweb.models import BACKUP_CODES, CODES_SECRET, BackupCode, BackupCodes, BackupCodesView, SessionView
from trustweb.work import Refused, Work

HOW_MANY, LENGTH, _GROUP = 10, 10, 5
LOW = 3
"""The owner is told when so many codes are left."""
_ADD, _ADD_CODE = insert(BackupCodes), insert(BackupCode)
_LIVE = select(BackupCodes.factor_id, BackupCodes.secret).where(
    BackupCodes.account_id == bindparam("account"), BackupCodes.removed_at.is_(None)
)
# Of several that use the same code at once, the row count decides which was first.
_USE = delete(BackupCode).where(BackupCode.factor_id == bindparam("codes"), BackupCode.code_hash == bindparam("hashed"))
_COUNT = (
    update(BackupCodes)
    .where(BackupCodes.factor_id == bindparam("codes"))
    .values(codes_left=BackupCodes.codes_left - 1)
    .returning(BackupCodes.codes_left)
)


_PAPER = papers.Paper(view=BackupCodesView)
check_replaceable, check_removal, remove = _PAPER.check_replaceable, _PAPER.check_removal, _PAPER.remove


class BackupCodeUnreadable(Refused):
    """The typed text cannot be a backup code; it does not count as a try."""


class BackupCodeWrong(papers.PaperWrong):
    """The code is wrong or was used before: one answer for both."""


class CodesAlreadyShown(Refused):
    """The page that asked for codes is out of date: it was reloaded, or another tab has made codes since."""


def create(work: Work, session: SessionView, seen: str) -> list[str]:
    """Make new codes, which replace the earlier ones, and return them to be shown once.

    ``seen``: the public id of the codes that the page knew of, or "". Raises CodesAlreadyShown or what
    check_replaceable raises.
    """
    old = check_replaceable(work, session)
    if (old.public_id if old else "") != seen:
        raise CodesAlreadyShown
    if old is not None:
        _PAPER.take_away(work, session, old)
    codes, secret = [crockford.make(LENGTH) for _ in range(HOW_MANY)], secrets.token_bytes(32)
    factor_id = work.insert(enrolment.ADD, factors.new_row(work, session, BACKUP_CODES, ""))
    row = {"factor_id": factor_id, "account_id": session.account_id, "codes_left": HOW_MANY}
    work.execute(_ADD, row | {"secret": work.keys.seal(CODES_SECRET, secret)})
    for code in codes:
        work.execute(_ADD_CODE, {"factor_id": factor_id, "code_hash": _hash(secret, code)})
    factors.require_codes_elsewhere(work, session)
    notices.tell(work, session.account_id, "backup_codes_replaced" if old else "backup_codes_made")
    return [crockford.grouped(code, _GROUP) for code in codes]


def _hash(secret: bytes, code: str) -> str:
    return hmac.new(secret, code.encode(), hashlib.sha256).hexdigest()


def prove(work: Work, account_id: int, typed: str) -> int:
    """Use up one of the account's codes and return the codes' factor id. The caller counts the tries.

    Raises BackupCodeUnreadable or BackupCodeWrong.
    """
    code = crockford.read(typed, LENGTH)
    if code is None:
        raise BackupCodeUnreadable
    live = work.execute(_LIVE, {"account": account_id}).one_or_none()
    if live is None:
        raise BackupCodeWrong
    factor_id: int = live.factor_id
    try:
        hashed = _hash(work.keys.open(CODES_SECRET, live.secret), code)
    except ValueError:  # the key ring no longer has its key
        raise BackupCodeWrong from None
    if not work.changed(_USE, {"codes": factor_id, "hashed": hashed}):
        raise BackupCodeWrong
    left: int = work.execute(_COUNT, {"codes": factor_id}).scalar_one()
    notices.tell(work, account_id, "backup_code_used", {"left": str(left)})
    if left == LOW:
        notices.tell(work, account_id, "backup_codes_low")
    return factor_id
