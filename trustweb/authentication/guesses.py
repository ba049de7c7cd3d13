"""Rate limits and growing delays for wrong passwords.

A try is counted before the password is compared, so that concurrent guesses cannot share one, and given back when the
password was right. Strangers count towards their network. A browser that the account knows, and somebody who is signed
in, have counts of their own, so that no neighbour uses up theirs. Strangers who try the same name again and again wait
longer and longer for the answer, from any network and whether or not an account has that name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Executable, and_, bindparam, delete, select, update

from trustweb import accounts, notices
from trustweb.authentication.passwords import TooBusy
from trustweb.codes import limits
from trustweb.codes.limits import Count, Network
from trustweb.database import Database, retry_later
from trustweb.keys import KeyRing
from trustweb.models import Account, GuessedName, Moment
from trustweb.statements import inserting
from trustweb.work import Work

log = logging.getLogger(__name__)

STRANGERS, KNOWN, OF_NAME = "wrong_passwords", "known_passwords", "name_passwords"
LONGEST_WAIT = 30
"""The longest delay of an answer, in seconds."""
_FREE = 5
"""Strangers' wrong passwords for a name before answers are delayed: people mistype."""
_MANY = 20
"""Strangers' wrong passwords for a name after which the owner is told, and the log has warnings."""
_COUNTED_FOR = 3600
_LONGEST = 254
_TOLD_EVERY = timedelta(days=1)
_UNTOLD = (
    select(GuessedName.name_key, Account.id)
    .outerjoin(Account, and_(Account.name_key == GuessedName.name_key, Account.disabled_at.is_(None)))
    .where(GuessedName.untold)
)
_TELL = update(GuessedName).where(GuessedName.name_key == bindparam("key"), GuessedName.untold).values(untold=False)
_FORGET = delete(GuessedName).where(GuessedName.guessed_at <= bindparam("yesterday", type_=Moment))


@dataclass(frozen=True, slots=True)
class Guess:
    """A try that was counted, before its password is compared."""

    counts: tuple[Count, ...]
    taken_at: datetime
    account: str
    """A keyed digest of the name, for the log."""
    wrong_before: int
    """Earlier wrong passwords in the same window: strangers' for this name, or those in this browser."""
    wait: int = 0
    """Seconds by which the answer is delayed."""


def by_stranger(work: Work, name: str, network: Network) -> Guess:
    """Count a stranger's try of a name, whether or not an account has it. Raises limits.TooOften."""
    key, account = accounts.name_key(name), _digest(work.keys, name)
    counts = limits.of_network(STRANGERS, network, work.config.wrong_passwords)
    limits.take(work, *counts)
    before = limits.hits(work, OF_NAME, account)
    if before >= _MANY and 0 < len(key) <= _LONGEST:
        # A row for every address: otherwise the time of the answer would tell which of them have an account.
        row = {"name_key": key, "guessed_at": work.now, "untold": True, "yesterday": work.now - _TOLD_EVERY}
        work.execute(_mark(work.connection.dialect.name), row)
    return Guess(counts, work.now, account, before, _wait(before))


def count_for_name(database: Database, guess: Guess) -> None:
    """Count a stranger's wrong password for the name, so that its next answer is delayed longer.

    After the comparison, unlike the other counts: of many people who sign in at once, nobody has typed a wrong password
    yet. A try whose answer is delayed is counted in any case: until then, right and wrong must cost the same work.
    """
    with database.writing() as work:
        limits.take(work, _of_name(guess.account))


def of_held(work: Work, name: str, network: Network, taken_at: datetime) -> Guess:
    """Rebuild the guess of a try that was counted at a moment and whose answer was delayed."""
    account = _digest(work.keys, name)
    wrong = limits.of_network(STRANGERS, network, work.config.wrong_passwords)
    return Guess((*wrong, _of_name(account)), taken_at, account, 0)


def _of_name(account: str) -> Count:
    return OF_NAME, account, ((limits.UNLIMITED, _COUNTED_FOR),)


def by_owner(work: Work, account_id: int, name: str, browser_hash: str) -> Guess:
    """Count a try by somebody who is signed in, or in a browser that the account knows. Raises limits.TooOften.

    Each browser has its own count, since a thief's may be one that the account knows.
    """
    return by_counts(work, name, (KNOWN, f"{account_id}:{browser_hash[:32]}", work.config.wrong_passwords))


def by_counts(work: Work, name: str, *counts: Count) -> Guess:
    """Count a try towards the given limits. Raises limits.TooOften."""
    windows = limits.take(work, *counts)
    return Guess(counts, work.now, _digest(work.keys, name), max(each.hits for each in windows) - 1)


def give_back(work: Work, guess: Guess) -> None:
    """Undo the counts after a right password."""
    limits.give_back(work, *guess.counts, taken_at=guess.taken_at)


@contextmanager
def comparing(database: Database, guess: Guess) -> Iterator[None]:
    """Undo the counts when the hashing queue is full, since nothing was compared then."""
    try:
        yield
    except TooBusy:
        with database.writing() as work:
            give_back(work, guess)
        raise


def log_wrong(guess: Guess, network: Network) -> None:
    """Log a wrong password, as a warning when there are many."""
    many = guess.wrong_before + 1 >= _MANY
    said = {"network": network.address[:16], "account": guess.account[:16], "wrong": guess.wrong_before + 1}
    log.log(logging.WARNING if many else logging.INFO, "wrong password", extra=said)


def tell_due(database: Database) -> None:
    """Tell each owner whose password strangers guess at, once a day."""
    with database.reading() as work:
        due = work.execute(_UNTOLD).all()
    for key, account_id in due:
        with retry_later(), database.writing(account_id) as work:
            if work.changed(_TELL, {"key": key}) and account_id is not None:
                notices.tell(work, account_id, "passwords_guessed", one_channel=True)


def forget_old(work: Work) -> None:
    """Delete the guessed names that are older than a day."""
    work.execute(_FORGET, {"yesterday": work.now - _TOLD_EVERY})


def _wait(wrong_before: int) -> int:
    """Return the seconds of delay: one, then double each time, up to LONGEST_WAIT."""
    return 0 if wrong_before < _FREE else min(LONGEST_WAIT, 2 ** min(wrong_before - _FREE, 5))


def _digest(keys: KeyRing, name: str) -> str:
    # A text that is no address has no key and no account, but each such text is counted as a name of its own.
    return keys.digest("typed name", accounts.name_key(name) or name)


# Depends on the SQL dialect alone.
@cache
def _mark(dialect_name: str) -> Executable:
    insert = inserting(dialect_name)(GuessedName)
    statement: Executable = insert.on_conflict_do_update(
        index_elements=["name_key"],
        set_={"guessed_at": insert.excluded.guessed_at, "untold": True},
        where=GuessedName.guessed_at <= bindparam("yesterday", type_=Moment),
    )
    return statement
