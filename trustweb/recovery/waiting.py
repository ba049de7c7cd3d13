"""The wait of an account recovery.

Worker processes count the time in small steps, so that a clock that jumps cannot shorten the wait.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from trustweb import journal, notices
from trustweb.authentication.open_recovery import WAITING
from trustweb.codes.links import LinkSpent
from trustweb.database import Database, retry_later
from trustweb.factors import enrolled
from trustweb.models import MAIL_ADDRESS, NOW, RECOVERY_KEY, Account, Recovery, RecoveryView, columns
from trustweb.recovery import lockout
from trustweb.recovery.lockout import PASSWORD, WAIT, Rules
from trustweb.work import Work

_STEP = timedelta(hours=1)
"""The most that counts between two looks: a longer pause may be a stopped site or a clock that jumped."""
_UNUSED = timedelta(days=14)
"""The time after the wait in which a recovery can be finished."""
_RECOVERY = select(*columns(RecoveryView, Recovery))
_OPEN = (Recovery.kind == WAITING, Recovery.ended_at.is_(None))
_FIND = _RECOVERY.where(Recovery.account_id == bindparam("account"), *_OPEN)
_ALL = select(Recovery.account_id).where(*_OPEN).order_by(Recovery.id)
_START = insert(Recovery).returning(Recovery.id)
_THIS = update(Recovery).where(Recovery.id == bindparam("recovery"), *_OPEN)
# Of several workers that look at the same time, only one counts the step.
_COUNT = _THIS.where(Recovery.seen_at == bindparam("before")).values(seen_at=NOW, waited=bindparam("seconds"))
_TOLD_HALF = _THIS.values(half_told_at=NOW)
_END = _THIS.values(ended_at=NOW, outcome=bindparam("how"))
_RULES = select(Account.two_factor_since, Account.password_by_mail).where(Account.id == bindparam("account"))
_PLAN = update(Account).where(Account.id == bindparam("account")).values(recovers_at=bindparam("moment"))


def begin(work: Work, account_id: int) -> None:
    """Store a recovery that begins now."""
    row = {
        "account_id": account_id,
        "kind": WAITING,
        "started_at": work.now,
        "seen_at": work.now,
        "address": work.origin.address,
        "browser_name": work.origin.browser,
    }
    work.insert(_START, row)
    work.execute(_PLAN, {"account": account_id, "moment": work.now + timedelta(seconds=work.config.recovery_wait)})


def find(work: Work, account_id: int) -> RecoveryView | None:
    row = work.execute(_FIND, {"account": account_id}).one_or_none()
    return RecoveryView(*row) if row else None


def closed(work: Work, account_id: int, *, mail: bool = True) -> str:
    """Return the reason why the account cannot be recovered by waiting (RecoveryClosed); "" when it can.

    The rules are those of the lock-out check.
    """
    two_factor_since, by_mail = work.execute(_RULES, {"account": account_id}).one()
    things = lockout.things_of(enrolled.of(work, account_id), (), work.now)
    rules = Rules(two_factor=two_factor_since is not None, mail=mail, own_password=not by_mail)
    lost: Collection[str] = {each.id for each in things if each.kind not in (PASSWORD, MAIL_ADDRESS)}
    if lockout.verdict(things, lost, rules).outcome == WAIT:
        return ""
    kinds = {each.kind for each in things}
    if RECOVERY_KEY in kinds:
        return RECOVERY_KEY
    return PASSWORD if by_mail and mail and MAIL_ADDRESS in kinds else MAIL_ADDRESS


def is_ready(work: Work, recovery: RecoveryView) -> bool:
    return recovery.waited >= work.config.recovery_wait


def ready_at(work: Work, recovery: RecoveryView) -> datetime:
    return recovery.seen_at + timedelta(seconds=max(work.config.recovery_wait - recovery.waited, 0))


def look_at_all(database: Database) -> None:
    """Count the time of every open recovery, and tell the owner at half-time; one transaction per account."""
    with database.reading() as work:
        waiting = work.execute(_ALL).scalars()
    for account_id in waiting:
        with retry_later(), database.writing(account_id) as work:
            _look(work, account_id)


def _look(work: Work, account_id: int) -> None:
    recovery = find(work, account_id)
    if recovery is None:
        return
    passed = min(work.now - recovery.seen_at, _STEP)
    if passed < timedelta(minutes=1):
        return
    waited, wait = recovery.waited + int(passed.total_seconds()), work.config.recovery_wait
    this = {"recovery": recovery.id, "now": work.now}
    if not work.changed(_COUNT, this | {"before": recovery.seen_at, "seconds": waited}):
        return
    if closed(work, account_id):  # for example by a recovery key that was made since it began
        end(work, recovery, "cancelled")
        notices.tell(work, account_id, "recovery_stopped")
        return
    if waited >= wait + _UNUSED.total_seconds():
        end(work, recovery, "expired")
        journal.write(work, account_id, "recovery_expired")
        return
    left = timedelta(seconds=max(wait - waited, 0))
    work.execute(_PLAN, {"account": account_id, "moment": work.now + left})
    if waited >= wait / 2 and recovery.half_told_at is None:
        work.execute(_TOLD_HALF, this)
        notices.tell(work, account_id, "recovery_half")


def end(work: Work, recovery: RecoveryView, how: str) -> None:
    """End a recovery with an outcome. Raises LinkSpent when it has ended already."""
    if not work.changed(_END, {"recovery": recovery.id, "now": work.now, "how": how}):
        raise LinkSpent
    work.execute(_PLAN, {"account": recovery.account_id, "moment": None})
