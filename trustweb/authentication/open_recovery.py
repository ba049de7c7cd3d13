"""The end of an open account recovery at sign-in: whoever can sign in needs no recovery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select, update

from trustweb import notices
from trustweb.models import NOW, Account, DeviceView, Moment, Recovery
from trustweb.work import Work

WAITING = "waiting"
_REMEMBERED = timedelta(days=30)
_BARRED = exists().where(
    Recovery.account_id == Account.id,
    Recovery.cancelled_by == bindparam("factor"),
    Recovery.ended_at > bindparam("since", type_=Moment),
)
_STOP = (
    update(Account)
    .where(Account.id == bindparam("account"), Account.recovers_at.is_not(None), ~_BARRED)
    .values(recovers_at=None)
)
_END = (
    update(Recovery)
    .where(Recovery.account_id == bindparam("account"), Recovery.ended_at.is_(None))
    .values(ended_at=NOW, outcome="replaced")
)
_FORGET = (
    update(Account).where(Account.id == bindparam("account"), Account.recovers_at.is_not(None)).values(recovers_at=None)
)
_CANCEL = (
    update(Recovery)
    .where(Recovery.account_id == bindparam("account"), Recovery.kind == WAITING, Recovery.ended_at.is_(None))
    .values(ended_at=NOW, outcome="cancelled", cancelled_by=bindparam("factor"))
)
_WAITING = select(Account.id, Account.recovers_at).where(
    Account.id.in_(bindparam("accounts", expanding=True)), Account.recovers_at.is_not(None)
)


def stop(work: Work, account_id: int, factor_id: int | None) -> bool:
    """Cancel the account's recovery with a factor. Return False when none is open, or this factor cancelled the last.

    Otherwise a thief with a stolen phone could keep its owner out for ever.
    """
    if (account := work.accounts.get(account_id)) is not None and account.recovers_at is None:
        return False
    whose = {"account": account_id, "factor": factor_id, "since": work.now - _REMEMBERED}
    if not work.changed(_STOP, whose):
        return False
    work.execute(_CANCEL, whose | {"now": work.now})
    notices.tell(work, account_id, "recovery_stopped")
    return True


def end_all(work: Work, account_id: int) -> None:
    """End the account's recoveries, a wait or an operator's link, after a new password or when the account is closed.

    Nobody can then continue a recovery that they began before.
    """
    work.execute(_END, {"account": account_id, "now": work.now})
    work.execute(_FORGET, {"account": account_id})


def of_devices(work: Work, devices: Sequence[DeviceView]) -> list[tuple[DeviceView, datetime]]:
    """Return the devices whose accounts have an open recovery, each with the moment when its wait is over."""
    found = work.execute(_WAITING, {"accounts": [each.account_id for each in devices]}).all()
    until = {each.id: each.recovers_at for each in found}
    return [(each, until[each.account_id]) for each in devices if each.account_id in until]
