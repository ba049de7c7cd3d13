"""Account recovery by waiting, for people who have lost every factor but still have the password and the mailbox.

It takes days, and the owner is told on every channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from trustweb import accounts, notices
from trustweb.authentication import guesses, known_browsers, open_recovery, passwords
from trustweb.authentication.passwords import Hasher
from trustweb.authentication.sign_in import WrongNameOrPassword
from trustweb.codes import limits, links
from trustweb.codes.limits import Count, Network
from trustweb.codes.links import RECOVER, LinkSpent
from trustweb.config import Config
from trustweb.database import Database
from trustweb.factors import enrolled
from trustweb.models import Account, LinkView, RecoveryView, SessionView
from trustweb.recovery import renewal, waiting
from trustweb.work import Origin, Refused, Work

_ACCOUNT = select(Account.name, Account.language).where(Account.id == bindparam("account"))


class RecoveryClosed(Refused):
    """The account cannot be recovered by waiting.

    ``why``: recovery_key (one is set), mail_address (none was confirmed, or the site sends no mail) or password (it was
    set by a link to the mailbox, so the two are one proof).
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotYet(Refused):
    """The wait is not over before ``ready_at``."""

    def __init__(self, ready_at: datetime) -> None:
        super().__init__(ready_at)
        self.ready_at = ready_at


class StoppedBefore(Refused):
    """The factor that proved the session has ended the last recovery already; another one has to end this one.

    Otherwise a thief with a stolen phone could keep its owner out for ever.
    """


@dataclass(frozen=True, slots=True)
class RecoveryState:
    """The state of an account's recovery, as the page shows it to somebody who can use none of their factors."""

    closed: str
    """The reason why there is no recovery by waiting, as in RecoveryClosed; "" when there is."""
    ready_at: datetime | None
    """The end of the wait; None when no recovery was started."""
    ready: bool
    address: str


def state(work: Work, session: SessionView, *, mail: bool) -> RecoveryState:
    closed, recovery = waiting.closed(work, session.account_id, mail=mail), waiting.find(work, session.account_id)
    name = work.execute(_ACCOUNT, {"account": session.account_id}).one()[0]
    if closed or recovery is None:
        return RecoveryState(closed, None, False, name)
    return RecoveryState("", waiting.ready_at(work, recovery), waiting.is_ready(work, recovery), name)


def start(work: Work, session: SessionView, *, mail: bool) -> None:
    """Start the wait, and tell all channels at once. A second click does nothing.

    Raises RecoveryClosed or limits.TooOften.
    """
    if waiting.find(work, session.account_id) is not None:
        return
    if closed := waiting.closed(work, session.account_id, mail=mail):
        raise RecoveryClosed(closed)
    limits.hit(work, "recovery_starts", str(session.account_id), work.config.recovery_starts)
    links.end_all(work, session.account_id)  # so that no link changes the mailbox during the wait
    waiting.begin(work, session.account_id)
    notices.tell(work, session.account_id, "recovery_started")


def stop(work: Work, session: SessionView) -> None:
    """End the recovery from a signed-in session, whose owner needs none. Raises StoppedBefore."""
    factor = session.step_up_by or session.proved_by
    if not open_recovery.stop(work, session.account_id, factor) and waiting.find(work, session.account_id) is not None:
        raise StoppedBefore


def send_link(work: Work, session: SessionView) -> None:
    """Send the link that ends the wait. Raises NotYet, LinkSpent (there is no recovery), or limits.TooOften."""
    recovery = waiting.find(work, session.account_id)
    if recovery is None or waiting.closed(work, session.account_id):
        raise LinkSpent
    if not waiting.is_ready(work, recovery):
        raise NotYet(waiting.ready_at(work, recovery))
    name, language = work.execute(_ACCOUNT, {"account": session.account_id}).one()
    count = ("account_links", str(session.account_id), work.config.mail_links)
    links.send(work, RECOVER, name, count, account_id=session.account_id, language=language)


def check(work: Work, word: str) -> str:
    """Return the name of the account that a link recovers. Raises LinkSpent."""
    return _check(work, word)[0].address


def finish(
    database: Database, hasher: Hasher, word: str, *, password: str, new: str, browser: str, network: Network,
    origin: Origin, devices: Sequence[str] = (),
) -> str:  # fmt: skip
    """Recover the account after the wait, with two proofs: the mailbox and the password.

    Returns the token of a full session. Raises LinkSpent, WrongNameOrPassword, passwords.PasswordRefused,
    passwords.TooBusy or limits.TooOften.
    """
    with database.reading() as work:
        link, recovery = _check(work, word)
        account_id, config = recovery.account_id, work.config
        account = accounts.credentials_by_id(work, account_id)
        known_subject = known_browsers.known_subject(work, account_id, browser, devices)
    passwords.check_new(config, new, link.address)
    stored = account.password_hash if account else None
    with database.writing() as work:  # counted before the check, so that concurrent tries do not share one
        guess = guesses.by_counts(work, link.address, *_tries(config, account_id, known_subject, network))
    with guesses.comparing(database, guess):
        if not hasher.verify(stored, password, known_browser=bool(known_subject)):
            guesses.log_wrong(guess, network)
            raise WrongNameOrPassword
        hashed = hasher.hash(new)
    with database.writing(account_id, origin) as work:
        link, recovery = _check(work, word)
        account = accounts.credentials_by_id(work, account_id)
        if account is None or account.disabled_at or account.password_hash != stored:
            raise LinkSpent
        links.spend(work, link)
        waiting.end(work, recovery, "used")
        guesses.give_back(work, guess)
        return renewal.begin_anew(work, account_id, hashed, browser)


def _tries(config: Config, account_id: int, known_subject: str, network: Network) -> tuple[Count, ...]:
    """Return the limits for guesses of the password by somebody who reads the mailbox: as strict as those of codes.

    A browser that the account knows is counted apart from strangers, their network and other browsers.
    """
    if known_subject:
        return (("recovery_passwords/known", f"{account_id}:{known_subject[:32]}", config.code_failures),)
    wrong = limits.of_network("wrong_passwords", network, config.wrong_passwords)
    return *wrong, ("recovery_passwords", str(account_id), config.code_failures)


def _check(work: Work, word: str) -> tuple[LinkView, RecoveryView]:
    link = links.find(work, word, (RECOVER,))
    recovery = waiting.find(work, link.account_id or 0)
    mailbox = enrolled.of(work, link.account_id or 0).address
    # A mailbox that was confirmed after the recovery began may not be the owner's; and if the password was set by a
    # link to the mailbox meanwhile, the two are only one proof.
    mine = recovery is not None and mailbox is not None and mailbox.added_at <= recovery.started_at
    if (
        recovery is None
        or not mine
        or not waiting.is_ready(work, recovery)
        or waiting.closed(work, link.account_id or 0)
    ):
        raise LinkSpent
    return link, recovery
