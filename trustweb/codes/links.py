"""One-use links that are sent to mailboxes: making, queueing, finding and spending them."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from trustweb.codes import limits, site_shares
from trustweb.codes.limits import Count
from trustweb.delivery import messages, outbox
from trustweb.delivery.outbox import Leased
from trustweb.models import NOW, LinkView, MailLink, Moment, columns
from trustweb.work import Refused, Work

log = logging.getLogger(__name__)
PROVE, CHANGE, TAKEN, REGISTER, EXISTS = "prove", "change", "taken", "register", "exists"
RECOVER, RESET = "recover", "reset"
_OWN = frozenset({PROVE, RECOVER, CHANGE, TAKEN})
"""The links that only somebody who has signed in, or has the password, can ask for."""
_AGAIN = timedelta(seconds=30)
"""The time in which the same link is not sent again: a double click sends one mail."""
_OPEN = (MailLink.ended_at.is_(None), MailLink.expires_at > NOW)
_ONE = select(*columns(LinkView, MailLink))
_FIND = _ONE.where(MailLink.id == bindparam("link"), *_OPEN)
_ACCOUNT = func.coalesce(MailLink.account_id, 0) == bindparam("account")
_RECENT = (
    select(MailLink.id)
    .where(
        MailLink.address == bindparam("to"),
        MailLink.act == bindparam("does"),
        _ACCOUNT,
        MailLink.created_at > bindparam("since", type_=Moment),
        *_OPEN,
    )
    .limit(1)
)
_PENDING = (
    _ONE.where(MailLink.account_id == bindparam("account"), MailLink.act.in_((CHANGE, TAKEN)), *_OPEN)
    .order_by(MailLink.id.desc())
    .limit(1)
)
_PUT = insert(MailLink).returning(MailLink.id)
_END = update(MailLink).where(MailLink.id == bindparam("link"), *_OPEN).values(ended_at=NOW)
_END_ALL = (
    update(MailLink)
    .where(MailLink.account_id == bindparam("account"), MailLink.ended_at.is_(None))
    .values(ended_at=NOW)
)
_FORGET = delete(MailLink).where(MailLink.expires_at < NOW)


class LinkSpent(Refused):
    """The link was used, is too old, was replaced or never existed: one answer, which tells a guesser nothing."""


def send(
    work: Work,
    act: str,
    address: str,
    *counts: Count,
    account_id: int | None = None,
    language: str,
    life: int | None = None,
    known_browser: bool = False,
) -> LinkView | None:
    """Make a link and queue its mail. Return None when the same link was made a moment ago.

    ``life``: seconds, if not TRUSTWEB_MAIL_LINK_LIFE. Raises limits.TooOften.
    """
    since = work.now - _AGAIN
    same = {"to": address, "does": act, "account": account_id or 0, "since": since, "now": work.now}
    if work.execute(_RECENT, same).first() is not None:
        return None
    if act in _OWN:
        counts = (*counts, *site_shares.of_account(work, "site_own_links", account_id or 0, known_browser=True))
    site_shares.note(limits.take(work, *counts))
    values: dict[str, Any] = {
        "act": act,
        "account_id": account_id,
        "address": address,
        "language": language,
        "known_browser": known_browser,
        "expires_at": work.now + timedelta(seconds=life or work.config.mail_link_life),
        "ended_at": None,
    }
    link = LinkView(id=work.insert(_PUT, values | {"created_at": work.now}), **values)
    outbox.put_link(work, link)
    return link


def may_send(work: Work, leased: Leased) -> bool:
    """Return False when the site's daily limit is used up for a link that a stranger asked for.

    The worker decides this, and not the page: a refusal there would tell whether an account exists, and links for
    nobody, which are never sent, must not count.
    """
    link, delivery = leased.about, leased.delivery
    if not isinstance(link, LinkView) or link.act in _OWN or delivery.attempts > 1 or delivery.tried:
        return True
    try:
        site_shares.note(limits.take(work, *_shares(work, link)))
    except limits.TooOften as full:
        said = {"delivery": delivery.id, "act": link.act, "again_at": str(full.again_at)}
        log.warning("not sent: what may go in a day is used up", extra=said)
        return False
    return True


def _shares(work: Work, link: LinkView) -> list[Count]:
    if link.account_id is None:  # it goes to an address that a stranger typed
        return site_shares.counts(work.config, "site_links", site_shares.QUARTER)
    return site_shares.of_account(work, "site_links", link.account_id, known_browser=link.known_browser)


def find(work: Work, word: str, acts: Collection[str]) -> LinkView:
    """Return the link of the word in a URL. Raises LinkSpent."""
    number = word.partition("-")[0]
    link_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0
    row = work.execute(_FIND, {"link": link_id, "now": work.now}).one_or_none()
    if row is None:
        raise LinkSpent
    link = LinkView(*row)
    right = messages.link_word(work.keys, link)
    if link.act not in acts or not hmac.compare_digest(right.encode(), word.encode("utf-8", "surrogatepass")):
        raise LinkSpent
    return link


def spend(work: Work, link: LinkView) -> None:
    """Use up a link. Raises LinkSpent when another request was first."""
    if not work.changed(_END, {"link": link.id, "now": work.now}):
        raise LinkSpent


def pending_change(work: Work, account_id: int) -> LinkView | None:
    """Return the open change of address, which waits for a click in the new mailbox."""
    row = work.execute(_PENDING, {"account": account_id, "now": work.now}).one_or_none()
    return LinkView(*row) if row else None


def end_all(work: Work, account_id: int) -> None:
    """End all open links of an account."""
    work.execute(_END_ALL, {"account": account_id, "now": work.now})


def forget_old(work: Work) -> None:
    """Delete the links that have expired."""
    work.execute(_FORGET, {"now": work.now})
