"""Removal of a journal with its account, which leaves a signed line without a name.

The line proves that the deletion was intended: entries that an attacker removes from the database leave none.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, insert, select, update

from trustweb.journal import KEY, NEWEST
from trustweb.models import Account, DeletedAccount, JournalCut, JournalEntry
from trustweb.work import Work

_SEQ = select(Account.journal_seq).where(Account.id == bindparam("account"))
_CUT_OFF = insert(JournalCut)
_ENTRIES = delete(JournalEntry).where(JournalEntry.account_id == bindparam("account"))
_CUTS = delete(JournalCut).where(JournalCut.account_id == bindparam("account"))
_NOTE = insert(DeletedAccount)
_NOTED = select(DeletedAccount.id, DeletedAccount.seq, DeletedAccount.at, DeletedAccount.mac)
_SIGN = update(DeletedAccount).where(DeletedAccount.id == bindparam("account")).values(mac=bindparam("signed"))


def erase(work: Work, account_id: int) -> None:
    """Remove the whole journal of an account that is deleted in the same transaction."""
    seq = work.execute(_SEQ, {"account": account_id}).scalar_one()
    # The triggers allow only entries that a cut covers to be deleted; the cut is then deleted too.
    work.execute(_CUT_OFF, {"account_id": account_id, "seq": NEWEST, "last_mac": "", "at": work.now, "mac": ""})
    work.execute(_ENTRIES, {"account": account_id})
    work.execute(_CUTS, {"account": account_id})
    mac = work.keys.sign(KEY, _text(account_id, seq, work.now))
    work.execute(_NOTE, {"id": account_id, "seq": seq, "at": work.now, "mac": mac})


def erased(work: Work) -> set[int]:
    """Return the ids of accounts whose deletion left a line with a valid signature."""
    return {row.id for row in work.execute(_NOTED) if _right(work, row.id, row.seq, row.at, row.mac)}


def sign_anew(work: Work) -> None:
    """Sign the valid lines with the newest key, so that an older key may be forgotten."""
    for row in work.execute(_NOTED).all():
        if _right(work, row.id, row.seq, row.at, row.mac):
            work.execute(_SIGN, {"account": row.id, "signed": work.keys.sign(KEY, _text(row.id, row.seq, row.at))})


def _right(work: Work, account_id: int, seq: int, at: datetime, mac: str) -> bool:
    try:
        return work.keys.signed(KEY, _text(account_id, seq, at), mac)
    except ValueError:  # the key ring lacks the key
        return False


def _text(account_id: int, seq: int, at: datetime) -> str:
    return f"deleted {json.dumps([account_id, seq, at.astimezone(UTC).isoformat()])}"
