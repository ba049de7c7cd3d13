"""The site's daily limit of sends, and the shares of it that strangers, new accounts and single accounts may use up.

One half is reserved for browsers that their accounts know, so that no stranger uses up what owners need; where anybody
may make an account, new accounts share a quarter. A send of a smaller share counts in the larger ones too. Nor can one
account use up everything: only its first sends of a day may use the whole, those after them a half.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from sqlalchemy import bindparam, select

from trustweb.codes import limits
from trustweb.codes.limits import Count, Window
from trustweb.config import Config
from trustweb.models import Account
from trustweb.work import Work

log = logging.getLogger(__name__)
WHOLE, HALF, QUARTER = 1, 2, 4
_NEW = timedelta(days=7)
_DAY = 86400
_FIRST, _FEW = 10, 8
"""An account's first ten sends of a day may use the whole; if an eighth of the site's limit is less, only so many."""
_CREATED = select(Account.created_at).where(Account.id == bindparam("account"))


def counts(config: Config, name: str, part: int) -> list[Count]:
    """Return the counts of a send that may use up this part (1: the whole, 2: a half, 4: a quarter)."""
    return [
        (name if each == WHOLE else f"{name}/{each}", "", ((max(1, config.daily_sends // each), _DAY),))
        for each in (QUARTER, HALF, WHOLE)
        if each <= part
    ]


def of_account(work: Work, name: str, account_id: int, *, known_browser: bool) -> list[Count]:
    """Return the counts of a send for an account."""
    part = part_of(work, account_id, known_browser=known_browser)
    if part != WHOLE:
        return counts(work.config, name, part)
    mine, subject = f"account_{name}", str(account_id)
    first = min(_FIRST, ceil(work.config.daily_sends / _FEW))
    if limits.full(work, mine, subject, ((first, _DAY),)):
        part = HALF
    return [(mine, subject, ((limits.UNLIMITED, _DAY),)), *counts(work.config, name, part)]


def part_of(work: Work, account_id: int, *, known_browser: bool) -> int:
    """Return the part that an account's sends may use up: 1 for the whole, 2 for a half, 4 for a quarter."""
    if is_new(work, account_id):
        return QUARTER
    return WHOLE if known_browser else HALF


def is_new(work: Work, account_id: int) -> bool:
    """Return True for an account of the last seven days where registration is open: anybody may have made it."""
    if work.config.registration != "open":
        return False
    created_at = work.execute(_CREATED, {"account": account_id}).scalar_one_or_none()
    return created_at is not None and work.now - created_at < _NEW


def note(windows: Iterable[Window]) -> None:
    """Log a warning when 50, 80 and 100 % of a share are used up."""
    for each in windows:
        reached = [percent for percent in (50, 80, 100) if each.hits == ceil(each.most * percent / 100)]
        if each.name.startswith("site_") and reached:
            said = {"limit": each.name, "percent": reached[-1], "sends": each.hits, "again_at": str(each.resets_at)}
            log.warning("what the site may send in a day is used up in part", extra=said)
