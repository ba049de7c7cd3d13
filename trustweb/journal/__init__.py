"""The journal: an account's security events, for its owner to read, as a chain of MACs.

Each entry's MAC covers the MAC of the entry before it. Whoever can write to the database, but has no key, cannot
change, add or remove an entry unnoticed; ``checking`` detects it, and with ``heads`` also a tail that was cut off.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from trustweb.journal import heads
from trustweb.models import Account, JournalEntry
from trustweb.work import Work

KEY = "journal"
"""The name of the subkey that signs entries."""
SIGN_INS = frozenset({
    "signed_in", "signed_out", "others_signed_out", "sign_in_failed_codes", "passwords_guessed", "prompt_allowed",
    "prompt_denied", "sign_ins_denied", "service_first_used", "service_signed_out", "service_replayed",
})  # fmt: skip
"""The events that are not changes to the account."""
BY_STRANGERS = frozenset({"passwords_guessed", "sign_in_failed_codes", "sign_ins_denied"})
"""The events that somebody may cause without being signed in; the owner is told of each once a day."""
_TOLD_OF_FACTORS = ("_added", "_removed", "_restored")
"""So end the events of a factor of whatever kind; the owner is told of each."""
_ALSO_TOLD = BY_STRANGERS | frozenset({
    "passkey_cloned", "device_trusted", "password_changed", "password_set", "password_reset", "frozen",
    "two_factor_off_planned", "two_factor_off", "account_deletion_planned", "account_kept", "data_downloaded",
    "recovery_link_made", "account_recovered", "recovery_started", "recovery_half", "recovery_stopped",
    "address_proved", "address_changed", "address_change_asked", "app_password_made", "app_password_revoked",
    "app_passwords_revoked", "recovery_key_set", "recovery_key_replaced", "recovery_key_used", "backup_codes_made",
    "backup_codes_replaced", "backup_code_used", "backup_codes_low", "service_replayed",
})  # fmt: skip
_ACCOUNT = Account.id == bindparam("account")
HEAD = (Account.journal_seq, Account.journal_head)
"""Columns for ``work.heads``, to be read along with an account inside a writing transaction: saves a query."""
_HEAD = select(*HEAD).where(_ACCOUNT).with_for_update(key_share=True)
_MOVE_HEAD = (
    update(Account)
    .where(_ACCOUNT, Account.journal_seq == bindparam("before"), Account.journal_head == bindparam("head_before"))
    .values(journal_seq=bindparam("seq"), journal_head=bindparam("head"))
)
_WRITE = insert(JournalEntry)
_ALL = (
    select(
        JournalEntry.seq, JournalEntry.at, JournalEntry.event, JournalEntry.details, JournalEntry.address,
        JournalEntry.browser,
    )
    .where(JournalEntry.account_id == bindparam("account"))
    .order_by(JournalEntry.seq.desc())
)  # fmt: skip
_PAGE = _ALL.where(JournalEntry.seq < bindparam("below")).limit(bindparam("most"))
_PAGES = {
    "all": _PAGE,
    "sign-ins": _PAGE.where(JournalEntry.event.in_(SIGN_INS)),
    "changes": _PAGE.where(JournalEntry.event.not_in(SIGN_INS)),
}
_TOLD = (
    _ALL.where(
        JournalEntry.seq >= bindparam("from"),
        or_(
            JournalEntry.event.in_(_ALSO_TOLD),
            *(JournalEntry.event.endswith(each, autoescape=True) for each in _TOLD_OF_FACTORS),
        ),
    )
    .order_by(None)
    .order_by(JournalEntry.seq)
)
SHOWN = tuple(_PAGES)
NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the owner sees it."""

    seq: int
    at: datetime
    event: str
    details: dict[str, Any]
    address: str
    browser: str


def write(work: Work, account_id: int, event: str, **details: str) -> int:
    """Write an entry in the transaction of the change itself, and return its number.

    Do not call it in a savepoint that may be rolled back alone: the line in the heads file would still be written.
    """
    before, head_before = _head(work, account_id)
    row: dict[str, Any] = {
        "account_id": account_id,
        "seq": before + 1,
        "at": work.now,
        "event": event,
        "details": json.dumps(details, sort_keys=True, separators=(",", ":")),
        "address": work.origin.address,
        "browser": work.origin.browser,
    }
    mac = work.keys.sign(KEY, signed_text(head_before, **row))
    moving = {"account": account_id, "before": before, "head_before": head_before, "seq": before + 1, "head": mac}
    if not work.changed(_MOVE_HEAD, moving):
        raise AssertionError("somebody else wrote to the journal of an account that is locked")
    work.execute(_WRITE, row | {"mac": mac})
    work.heads[account_id] = (before + 1, mac)
    work.journalled.append(event)
    path = heads.path_in(work.config.instance)
    work.afterwards["journal", account_id] = partial(heads.append, path, account_id, before + 1, mac, work.now)
    return before + 1


def _head(work: Work, account_id: int) -> tuple[int, str]:
    if account_id not in work.heads:
        seq, mac = work.execute(_HEAD, {"account": account_id}).one()
        work.heads[account_id] = (seq, mac)
    return work.heads[account_id]


def signed_text(
    head_before: str, *, account_id: int, seq: int, at: datetime, event: str, details: str, address: str, browser: str
) -> str:
    """Return the text that an entry's MAC covers: a JSON list in a fixed order, equal on both databases."""
    row = [account_id, seq, at.astimezone(UTC).isoformat(), event, details, address, browser]
    return f"{head_before}\n{json.dumps(row)}"


def latest(work: Work, account_id: int, most: int, *, show: str = "all", below: int = NEWEST) -> list[Entry]:
    """Return up to ``most`` entries numbered under ``below``, newest first. ``show``: all, sign-ins or changes."""
    rows = work.execute(_PAGES[show], {"account": account_id, "below": below, "most": most})
    return [_entry(*row) for row in rows]


def is_told(event: str) -> bool:
    """Return whether the owner is told of such an event at once."""
    return event in _ALSO_TOLD or event.endswith(_TOLD_OF_FACTORS)


def told_since(work: Work, account_id: int, seq: int) -> list[Entry]:
    """Return the entries that the owner is told of, from a number on, oldest first."""
    return [_entry(*row) for row in work.execute(_TOLD, {"account": account_id, "from": seq})]


def _entry(seq: int, at: datetime, event: str, details: str, address: str, browser: str) -> Entry:
    return Entry(seq, at, event, json.loads(details), address, browser)
