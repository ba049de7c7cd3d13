"""Reset of a forgotten password, by a link to the account's mailbox or with its recovery key.

The answer does not reveal whether an account exists: unknown, unproved and disabled ones get the same answers for the
same work. A new password signs nobody in, and replaces no second factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from trustweb import accounts, notices
from trustweb.authentication import known_browsers, passwords, sign_in
from trustweb.authentication.passwords import Hasher
from trustweb.codes import limits, links
from trustweb.codes.limits import Count, Network
from trustweb.codes.links import RESET, LinkSpent
from trustweb.config import Rates
from trustweb.database import Database
from trustweb.delivery.outbox import NOBODY
from trustweb.factors import enrolled, recovery_key
from trustweb.factors.recovery_key import RecoveryKeyWrong
from trustweb.models import Account, LinkView
from trustweb.recovery import lockout
from trustweb.work import Origin, Refused, Work

_WHO = select(Account.id, Account.name, Account.language).where(
    Account.name_key == bindparam("key"), Account.disabled_at.is_(None)
)
_NAME = select(Account.name).where(Account.id == bindparam("account"), Account.disabled_at.is_(None))
_NOBODY = 0


class KeyTooNew(Refused):
    """The recovery key was made less than a day ago; it can reset the password from ``possible_at``."""

    def __init__(self, possible_at: datetime) -> None:
        super().__init__(possible_at)
        self.possible_at = possible_at


@dataclass(frozen=True, slots=True)
class Requester:
    """The network and the browser that ask for a new password.

    A browser that the account knows is counted apart, and by account only, so that neither strangers nor neighbours use
    up the owner's tries.
    """

    network: Network
    browser: str
    """The browser's token."""
    devices: Sequence[str] = ()
    """Its cookies of trusted devices."""

    def counts(self, name: str, rates: Rates, *, known: bool) -> tuple[Count, ...]:
        return () if known else limits.of_network(name, self.network, rates)


@dataclass(frozen=True, slots=True)
class _Requested:
    """The account that was asked for, or a stand-in for one that does not exist."""

    account_id: int
    name: str
    language: str
    subject: str
    """The subject of limits: a digest of the name, apart for a browser that the account knows."""
    known: bool
    """True for a browser that the account knows."""


def _look_up(work: Work, name: str, requester: Requester, language: str, *, apart: bool = False) -> _Requested:
    """Look up the account with this name.

    ``apart``: count each known browser and each network by itself, since a thief in a browser that the account knows
    could otherwise use up the tries of all.
    """
    key = accounts.name_key(name)
    found = work.execute(_WHO, {"key": key}).one_or_none()
    # For a name without an account its key stands for the name, as the account's own spelling does for one that exists:
    # double clicks are recognised by the address, which must not depend on how the name was typed.
    account_id, right, speaks = found if found else (_NOBODY, key, language)
    known_subject = known_browsers.known_subject(work, account_id, requester.browser, requester.devices)
    which = (known_subject or requester.network.address) if apart else ""
    subject = work.keys.digest("forgotten password", f"{key} {'known' if known_subject else ''}{which}")
    return _Requested(account_id, right, speaks, subject, bool(known_subject))


def send_link(work: Work, typed: str, requester: Requester, *, language: str) -> None:
    """Send a link to the account's address, if it is proved. Raises NameRefused or limits.TooOften."""
    config, asked = work.config, _look_up(work, accounts.clean_name(typed), requester, language)
    resets = _resets(work, asked.account_id)
    counts = (
        *requester.counts("address_links", config.address_links, known=asked.known),
        ("reset_links", asked.subject, config.mail_links),
    )
    # To the address as the account has it: what was typed may have the same key and be another mailbox.
    act, account_id = (RESET, asked.account_id) if resets else (NOBODY, None)
    life = config.reset_link_life
    links.send(
        work, act, asked.name, *counts,
        account_id=account_id, language=asked.language, life=life, known_browser=asked.known,
    )  # fmt: skip


def _resets(work: Work, account_id: int) -> bool:
    """Return True if a link to the account's mailbox can reset the password."""
    mine = enrolled.of(work, account_id)
    return mine.address is not None and not lockout.is_new(mine.address, mine, work.now)


def check(work: Work, word: str) -> str:
    """Return the name of the account that a link is for. Raises LinkSpent."""
    return _check(work, word).address


def _check(work: Work, word: str) -> LinkView:
    link = links.find(work, word, (RESET,))
    name = work.execute(_NAME, {"account": link.account_id}).scalar_one_or_none()
    if name != link.address or not _resets(work, link.account_id or _NOBODY):
        raise LinkSpent
    return link


def with_link(database: Database, hasher: Hasher, word: str, new: str, origin: Origin) -> None:
    """Set a new password, once. Raises LinkSpent, passwords.PasswordRefused or passwords.TooBusy."""
    with database.reading() as work:
        link = _check(work, word)
    passwords.check_new(database.config, new, link.address)
    hashed = hasher.hash(new)
    with database.writing(link.account_id, origin) as work:
        link = _check(work, word)
        links.spend(work, link)
        assert link.account_id is not None
        _store(work, link.account_id, hashed, by_mail=True)


def with_key(
    database: Database, hasher: Hasher, *, name: str, typed: str, new: str, requester: Requester, origin: Origin
) -> None:
    """Use up the recovery key and set a new password.

    Raises recovery_key.RecoveryKeyUnreadable, RecoveryKeyWrong, KeyTooNew, passwords.PasswordRefused,
    passwords.TooBusy or limits.TooOften.
    """
    key = recovery_key.read(typed)
    passwords.check_new(database.config, new, name)
    with database.writing() as work:
        asked = _look_up(work, name, requester, "", apart=True)
        limits.take(work, *(tries := _tries(work, asked, requester)))
        if not recovery_key.is_right(work, asked.account_id, key):
            raise RecoveryKeyWrong  # keeps_changes: the try stays counted
        # A right key is no guess, whatever follows, even if the hashing queue is full.
        limits.give_back(work, *tries)
        _require_old(work, asked.account_id)
    hashed = hasher.hash(new)  # only now, so that a wrong key costs us no hash
    with database.writing(asked.account_id, origin) as work:
        if work.execute(_NAME, {"account": asked.account_id}).first() is None:
            raise RecoveryKeyWrong
        recovery_key.prove(work, asked.account_id, key)
        _store(work, asked.account_id, hashed, by_mail=False)


def _require_old(work: Work, account_id: int) -> None:
    mine = enrolled.of(work, account_id)
    if mine.recovery_key is not None and lockout.is_new(mine.recovery_key, mine, work.now):
        raise KeyTooNew(mine.recovery_key.trusted_from)


def _tries(work: Work, asked: _Requested, requester: Requester) -> tuple[Count, ...]:
    config = work.config
    network = requester.counts("wrong_passwords", config.wrong_passwords, known=asked.known)
    return *network, ("reset_keys", asked.subject, config.code_failures)


def _store(work: Work, account_id: int, hashed: str, *, by_mail: bool) -> None:
    sign_in.store_password(work, account_id, hashed, by_mail=by_mail)
    notices.tell(work, account_id, "password_reset")
