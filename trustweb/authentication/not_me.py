"""The link “This wasn’t me” in a notice, with which the holder of a channel stops what somebody does to the account.

It signs nobody in and adds no factor, so a link in the wrong hands does little harm.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from sqlalchemy import bindparam, or_, select, update

from trustweb import endings, journal, notices
from trustweb.authentication import open_recovery
from trustweb.codes import links
from trustweb.database import Database
from trustweb.delivery import messages, outbox
from trustweb.factors import app_passwords, on_paper
from trustweb.models import NOW, Account, Delivery
from trustweb.phone_numbers import mask
from trustweb.work import Origin, Refused, Work

_LIFE = timedelta(days=3)
_OPEN = (
    Delivery.id == bindparam("delivery"),
    Delivery.kind == outbox.NOTICE,
    Delivery.answered_at.is_(None),
    Delivery.created_at > bindparam("since"),
)
_FIND = select(Delivery.account_id, Delivery.factor_id, Delivery.from_seq, Delivery.destination).where(*_OPEN)
_ANSWER = update(Delivery).where(*_OPEN).values(answered_at=NOW)
# All earlier notices to the channel too: whoever holds it may stop everything up to now, but only once.
_ANSWER_EARLIER = (
    update(Delivery)
    .where(Delivery.factor_id == bindparam("channel"), Delivery.kind == outbox.NOTICE, Delivery.answered_at.is_(None))
    .values(answered_at=NOW)
)
_THIS = update(Account).where(Account.id == bindparam("account"))
_FREEZE = _THIS.where(or_(Account.frozen_until.is_(None), Account.frozen_until <= NOW)).values(
    frozen_until=bindparam("until")
)
_KEEP_TWO_FACTOR = _THIS.values(two_factor_off_at=None)
_KEEP_ACCOUNT = _THIS.where(Account.deletes_at.is_not(None)).values(deletes_at=None)


class NotMeLinkSpent(Refused):
    """The link was used, is too old or never existed: one answer, which tells a guesser nothing."""


def check(work: Work, word: str) -> int:
    """Return the account of a notice's link. Raises NotMeLinkSpent."""
    return _find(work, word)[1]


def stop(database: Database, word: str, origin: Origin) -> None:
    """End all sessions and links, revoke what is new, cancel what is planned, and freeze the account.

    Until the freeze is over (TRUSTWEB_FREEZE_LIFE) nothing is removed, neither two-factor nor the account. Raises
    NotMeLinkSpent.
    """
    with database.reading() as work:
        account_id = check(work, word)
    with database.writing(account_id, origin) as work:
        delivery_id, _, factor_id, place = _find(work, word)
        if not work.changed(_ANSWER, _values(work, delivery_id)):
            raise NotMeLinkSpent
        work.execute(_ANSWER_EARLIER, {"channel": factor_id, "now": work.now})
        endings.end_all(work, account_id)
        endings.withdraw_young_consents(work, account_id)
        links.end_all(work, account_id)
        app_passwords.revoke_young(work, account_id)
        on_paper.remove_young(work, account_id)
        until = work.now + timedelta(seconds=work.config.freeze_life)
        work.execute(_FREEZE, {"account": account_id, "now": work.now, "until": until})
        work.execute(_KEEP_TWO_FACTOR, {"account": account_id})
        if work.changed(_KEEP_ACCOUNT, {"account": account_id}):
            journal.write(work, account_id, "account_kept")
        open_recovery.stop(work, account_id, factor_id)
        told = {"label": place} if "@" in place else {"number": mask(place)}
        notices.tell(work, account_id, "frozen", told, skip_factor=factor_id)


def _find(work: Work, word: str) -> tuple[int, int, int, str]:
    number = word.partition("-")[0]
    delivery_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0
    row = work.execute(_FIND, _values(work, delivery_id)).one_or_none()
    if row is None:
        raise NotMeLinkSpent
    right = messages.stop_word(work.keys, delivery_id, row.account_id, row.from_seq)
    if not hmac.compare_digest(right.encode(), word.encode()):
        raise NotMeLinkSpent
    return delivery_id, row.account_id, row.factor_id, row.destination


def _values(work: Work, delivery_id: int) -> dict[str, object]:
    return {"delivery": delivery_id, "since": work.now - _LIFE, "now": work.now}
