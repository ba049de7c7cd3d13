"""Wrong passwords: each is counted before it is compared, so that many at once do not share one, and given back when
it was right.

Strangers count towards their network. A browser that the account knows, and somebody who is signed in, count towards
the account and nothing else, so that no neighbour uses up what they need. Strangers who try the same name again and
again wait longer and longer for their answer, wherever they come from and whether or not somebody has that name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, or_, select, update

from trustweb import accounts, notices
from trustweb.authentication.passwords import TooBusy
from trustweb.codes import limits
from trustweb.codes.limits import Count, Network
from trustweb.database import Database, Work
from trustweb.keys import KeyRing
from trustweb.models import NOW, Account, Moment

log = logging.getLogger(__name__)

STRANGERS, KNOWN, OF_NAME = "wrong_passwords", "known_passwords", "name_passwords"
LONGEST_WAIT = 30
"""Seconds."""
_FREE = 5
"""Wrong ones of strangers before the answers wait: people mistype."""
_MANY = 20
"""Wrong ones of strangers that the owner is told of."""
_COUNTED_FOR = 3600
_MARK = (
    update(Account)
    .where(
        Account.name_key == bindparam("key"),
        or_(Account.guessed_at.is_(None), Account.guessed_at <= bindparam("yesterday", type_=Moment)),
    )
    .values(guessed_at=NOW, guesses_untold=True)
)
_UNTOLD = select(Account.id).where(Account.guesses_untold)
_TELL = update(Account).where(Account.id == bindparam("account"), Account.guesses_untold).values(guesses_untold=False)


@dataclass(frozen=True, slots=True)
class Guess:
    """A password that is about to be compared."""

    counts: tuple[Count, ...]
    wait: int = 0
    """Seconds until its outcome is said."""
    wrong_before: int = 0
    """By strangers, for this name."""


def by_stranger(work: Work, name: str, network: Network) -> Guess:
    """Count somebody's try of a name, whether or not anybody has it. Raises limits.TooOften."""
    wrong = limits.of_network(STRANGERS, network, work.config.wrong_passwords)
    of_name = (OF_NAME, _subject(work.keys, name), ((limits.NO_MOST, _COUNTED_FOR),))
    windows = limits.take(work, *wrong, of_name)
    before = next(each.hits for each in windows if each.name == OF_NAME) - 1
    return Guess((*wrong, of_name), _wait(before), before)


def by_owner(work: Work, account_id: int) -> Guess:
    """Count a try by who is signed in, or in a browser that the account knows. Raises limits.TooOften."""
    count = (KNOWN, str(account_id), work.config.wrong_passwords)
    limits.hit(work, *count)
    return Guess((count,))


def give_back(work: Work, guess: Guess) -> None:
    """The password was right."""
    limits.give_back(work, *(count[:2] for count in guess.counts))


@contextmanager
def comparing(database: Database, guess: Guess) -> Iterator[None]:
    """While the password is compared: when there is no place for that, nothing was tried."""
    try:
        yield
    except TooBusy:
        with database.writing() as work:
            give_back(work, guess)
        raise


def was_wrong(database: Database, guess: Guess, name: str, network: Network) -> None:
    """Say so in the log, and remember when there were so many that the owner should hear of it.

    The telling is a worker's, for a name that nobody has must take as long.
    """
    many = guess.wrong_before + 1 >= _MANY
    account = _subject(database.keys, name)
    said = {"network": network.address[:16], "account": account[:16], "in_an_hour": guess.wrong_before + 1}
    log.log(logging.WARNING if many else logging.INFO, "wrong password", extra=said)
    if many:
        with database.writing() as work:
            marks = {"key": accounts.name_key(name), "now": work.now, "yesterday": work.now - timedelta(days=1)}
            work.execute(_MARK, marks)


def tell_due(database: Database) -> None:
    """Tell the owners whose passwords were guessed at, once a day each."""
    with database.reading() as work:
        due = work.execute(_UNTOLD).scalars()
    for account_id in due:
        with database.writing(account_id) as work:
            if work.changed(_TELL, {"account": account_id}):
                notices.tell(work, account_id, "passwords_guessed", free_of_charge=True)


def _wait(wrong_before: int) -> int:
    """One second, then twice as long each time, up to half a minute."""
    return 0 if wrong_before < _FREE else min(LONGEST_WAIT, 2 ** min(wrong_before - _FREE, 5))


def _subject(keys: KeyRing, name: str) -> str:
    return keys.digest("typed name", accounts.name_key(name))
