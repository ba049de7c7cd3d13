"""The account's e-mail address: proved by a link to its mailbox, and changed by one to the new mailbox.

A proved address is a factor: it is trusted after a day, and kept for some days after it was changed. No codes are sent
to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from trustweb import accounts, factors, notices
from trustweb.codes import links
from trustweb.codes.limits import Count
from trustweb.codes.links import CHANGE, PROVE, TAKEN, LinkSpent
from trustweb.database import Database
from trustweb.factors import enrolled, removal_rules
from trustweb.models import MAIL_ADDRESS, NOW, Account, Factor, LinkView, MailAddress, SessionView
from trustweb.work import Origin, Refused, Work

ACTS = (PROVE, CHANGE)
_THIS = Account.id == bindparam("account")
_NAME = select(Account.name, Account.language, Account.disabled_at).where(_THIS)
_RECOVERED = select(Account.id).where(_THIS, Account.recovers_at.is_not(None))
_RENAME = update(Account).where(_THIS).values(name=bindparam("new_name"), name_key=bindparam("new_key"))
_PUT_FACTOR = insert(Factor).returning(Factor.id)
_PUT = insert(MailAddress)
_REMOVE = (
    update(Factor)
    .where(Factor.account_id == bindparam("account"), Factor.kind == MAIL_ADDRESS, Factor.removed_at.is_(None))
    .values(removed_at=NOW)
)


class AddressSame(Refused):
    """The new address is the account's address already."""


@dataclass(frozen=True, slots=True)
class AddressState:
    """The state of the address, as the Account page shows it."""

    proved_at: datetime | None
    pending: str
    """The new address whose link was sent and not yet followed; "" when there is none."""


def state(work: Work, account_id: int) -> AddressState:
    mine, change = enrolled.of(work, account_id).address, links.pending_change(work, account_id)
    return AddressState(mine.added_at if mine else None, change.address if change else "")


def ask_proof(work: Work, session: SessionView) -> None:
    """Send a link to the account's address, unless it is proved. Raises limits.TooOften."""
    if enrolled.of(work, session.account_id).address is not None:
        return
    name, language, _ = work.execute(_NAME, {"account": session.account_id}).one()
    links.send(work, PROVE, name, *_counts(work, session), account_id=session.account_id, language=language)


def check_change(work: Work, session: SessionView) -> None:
    """Refuse a change of the address that this session may not make now.

    Raises FreshProofNeeded, Frozen or TooYoung.
    """
    factors.require_fresh_proof(session, work.now)
    removal_rules.require_not_frozen(work, session.account_id)
    removal_rules.require_older_hand(work, session, enrolled.of(work, session.account_id).named)


def ask_change(work: Work, session: SessionView, typed: str) -> None:
    """Send a link to the new address; nothing changes until it is followed.

    An address of another account gets a mail too, so that the answer does not reveal that account. Raises what
    ``check_change`` raises, and NameRefused, AddressSame or limits.TooOften.
    """
    check_change(work, session)
    new = accounts.clean_name(typed)
    name, language, _ = work.execute(_NAME, {"account": session.account_id}).one()
    if accounts.name_key(new) == accounts.name_key(name):
        raise AddressSame
    act = CHANGE if accounts.credentials(work, new) is None else TAKEN
    mailbox = ("change_links", work.keys.digest("mailbox", accounts.name_key(new)), work.config.mail_links)
    before = links.pending_change(work, session.account_id)
    counts = (*_counts(work, session), mailbox)
    link = links.send(work, act, new, *counts, account_id=session.account_id, language=language)
    if link is not None:
        notices.tell(work, session.account_id, "address_change_asked", {"label": new})
    if before is not None and link is not None:
        links.spend(work, before)


def _counts(work: Work, session: SessionView) -> tuple[Count, ...]:
    return (("account_links", str(session.account_id), work.config.mail_links),)


def find(work: Work, word: str) -> LinkView:
    """Return the link that proves or changes an address. Raises LinkSpent."""
    return links.find(work, word, ACTS)


def follow(database: Database, word: str, origin: Origin) -> None:
    """Prove or change the address with a link, once; it was sent to the mailbox alone. Raises LinkSpent or Frozen."""
    with database.reading() as work:
        account_id = find(work, word).account_id
    assert account_id is not None
    with database.writing(account_id, origin) as work:
        link = find(work, word)
        links.spend(work, link)
        name, _, disabled_at = work.execute(_NAME, {"account": account_id}).one()
        if disabled_at is not None or (link.act == PROVE and name != link.address):
            raise LinkSpent
        if link.act == CHANGE:
            _change(work, account_id, name, link.address)
        elif enrolled.of(work, account_id).address is None:
            prove(work, account_id, name)


def _change(work: Work, account_id: int, old: str, new: str) -> None:
    removal_rules.require_not_frozen(work, account_id)
    if work.execute(_RECOVERED, {"account": account_id}).first():
        raise LinkSpent  # an open recovery has to be finished with the mailbox that the account had when it began
    try:
        _move(work, account_id, new)
    except accounts.NameTaken:  # somebody made an account with it meanwhile
        raise LinkSpent from None
    factor_id = _put(work, account_id, new)
    notices.tell(work, account_id, "address_changed", {"label": new, "before": old}, skip_factor=factor_id)


def rename(work: Work, account_id: int, typed: str) -> None:
    """Store another address for the operator; it is not proved. Raises NameRefused or NameTaken."""
    new = accounts.clean_name(typed)
    old, _, _ = work.execute(_NAME, {"account": account_id}).one()
    _move(work, account_id, new)
    notices.tell(work, account_id, "address_changed", {"label": new, "before": old})


def _move(work: Work, account_id: int, new: str) -> None:
    """Rename the account, and end the old address's factor and links. Raises NameTaken."""
    try:
        with work.savepoint():
            work.execute(_RENAME, {"account": account_id, "new_name": new, "new_key": accounts.name_key(new)})
    except IntegrityError:
        raise accounts.NameTaken from None
    work.execute(_REMOVE, {"account": account_id, "now": work.now})
    links.end_all(work, account_id)


def prove(work: Work, account_id: int, address: str) -> None:
    """Add the address as a factor: somebody opened a link that was sent to it."""
    factor_id = _put(work, account_id, address)
    notices.tell(work, account_id, "address_proved", {"label": address}, skip_factor=factor_id)


def _put(work: Work, account_id: int, address: str) -> int:
    row = {
        "account_id": account_id,
        "kind": MAIL_ADDRESS,
        "label": "",
        "added_at": work.now,
        "trusted_from": work.now + timedelta(seconds=work.config.trust_age),
        "last_proved_at": work.now,
    }
    factor_id = work.insert(_PUT_FACTOR, row)
    work.execute(_PUT, {"factor_id": factor_id, "address": address})
    return factor_id
