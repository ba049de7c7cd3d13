"""Recovery keys and backup codes: read off the page that shows them, or made without pages."""

from __future__ import annotations

from datetime import datetime

from tests.support.http_client import Visitor
from tests.support.kit import Kit
from trustweb.accounts import token_hash
from trustweb.factors import backup_codes, crockford
from trustweb.models import (
    BACKUP_CODES,
    CODES_SECRET,
    RECOVERY_KEY,
    Account,
    BackupCode,
    BackupCodes,
    Factor,
    RecoveryKey,
)

NEW_KEY, NEW_CODES = "/security/recovery-key/new", "/security/backup-codes/new"
ON_PAPER, USED_UP = "I have it on paper", "Your recovery key is used up"
KEY, CODE = "Use your recovery key", "Use a backup code"
"""The ways, by the words of their buttons."""


def secrets_on(visitor: Visitor) -> list[str]:
    """Return the recovery key or the backup codes on the page."""
    return [node.text for node in visitor.page.all("code") if node.get("class") == "key"]


def show_key(visitor: Visitor) -> str:
    (key,) = secrets_on(visitor.get(NEW_KEY).submit(NEW_KEY))
    return key


def make_key(visitor: Visitor) -> str:
    key = show_key(visitor)
    visitor.submit(ON_PAPER).submit("Confirm", typed=key)
    assert "The recovery key counts from now on." in visitor.text, visitor.text
    return key


def make_codes(visitor: Visitor) -> list[str]:
    return secrets_on(visitor.get(NEW_CODES).submit(NEW_CODES))


def give_key(kit: Kit, account: Account, added: datetime | None = None) -> str:
    """A key that was made two days ago, unless told, without pages."""
    key = crockford.make(28)
    with kit.core.database.writing() as work:
        factor = kit.factor(work, account, RECOVERY_KEY, added=added)
        work.db.add(RecoveryKey(factor_id=factor.id, account_id=account.id, key_hash=token_hash(key)))
    return key


def give_codes(kit: Kit, account: Account, added: datetime | None = None) -> list[str]:
    """A set of codes that was made two days ago, unless told, without pages."""
    codes, secret = [crockford.make(10) for _ in range(10)], b"s" * 32
    with kit.core.database.writing() as work:
        factor = kit.factor(work, account, BACKUP_CODES, added=added)
        sealed = kit.core.database.keys.seal(CODES_SECRET, secret)
        work.db.add(BackupCodes(factor_id=factor.id, account_id=account.id, secret=sealed, codes_left=10))
        work.db.flush()
        for code in codes:
            work.db.add(BackupCode(factor_id=factor.id, code_hash=backup_codes._hash(secret, code)))
    return codes


def factor_id(kit: Kit, kind: str) -> int:
    with kit.core.database.reading() as work:
        return work.db.query(Factor.id).filter_by(kind=kind).order_by(Factor.id.desc()).limit(1).scalar() or 0


def use_paper(visitor: Visitor, way: str, typed: str) -> Visitor:
    """Choose a recovery key or a backup code, and type it."""
    return visitor.submit(way).submit("Continue", typed=typed)


def try_again(visitor: Visitor, typed: str) -> Visitor:
    """Type it once more on the page that refused it."""
    return visitor.submit("Continue", typed=typed)
