"""A stranger who tries a name that many wrong passwords were typed for waits for the outcome.

No thread waits with them: the password was compared at once, and the browser keeps what came of it, sealed, until it
may be opened.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trustweb import accounts
from trustweb.accounts import token_hash
from trustweb.authentication import guesses, sessions, sign_in
from trustweb.authentication.guesses import Guess
from trustweb.authentication.sign_in import Browser, SignedIn, WrongNameOrPassword
from trustweb.codes import once
from trustweb.codes.limits import Network
from trustweb.database import Database, Origin, Refused, Work
from trustweb.keys import KeyRing
from trustweb.models import Credentials

_USE = "held sign-in"
_NOBODY = 0
_LIFE = timedelta(minutes=10)
_MOST_BYTES = 320


class SignInHeld(Refused):
    """What came of it is said to whoever brings ``sealed`` when the time has come."""

    def __init__(self, sealed: str) -> None:
        super().__init__()
        self.sealed = sealed


class SignInLate(Refused):
    """There is no outcome to say: nobody came for it in time, or it was said already."""


@dataclass(frozen=True, slots=True)
class Held:
    """The outcome of a sign-in that is held. Sealed, those that were right and those that were not look the same."""

    name: str
    nonce: str
    until: datetime
    browser: str
    """The hash of the browser's token: it is of use in no other."""
    network: Network
    taken_at: datetime
    """When the try was counted, which goes back if it was right."""
    account_id: int = _NOBODY
    password_of: datetime | None = None
    """Since when the account had that password: it may be changed meanwhile."""

    def seal(self, keys: KeyRing) -> str:
        # One length for all but the name.
        name = self.name.encode()[:_MOST_BYTES].decode(errors="ignore")
        moments = (self.until, self.taken_at, self.password_of or self.until)
        said = [
            name,
            self.nonce,
            self.browser,
            *self.network,
            *(_text(each) for each in moments),
            f"{self.account_id:019d}",
        ]
        return keys.seal(_USE, json.dumps(said, ensure_ascii=False).encode())


def read(database: Database, sealed: str) -> Held:
    """Raises SignInLate when it is too old, or cannot be read any more."""
    try:
        name, nonce, browser, near, around, *moments, account_id = json.loads(database.keys.open(_USE, sealed))
    except ValueError:  # the ring has lost its key since
        raise SignInLate from None
    until, taken_at, password_of = (datetime.fromisoformat(each) for each in moments)
    if database.now() > until + _LIFE:
        raise SignInLate
    return Held(name, nonce, until, browser, Network(near, around), taken_at, int(account_id), password_of)


def hold(
    database: Database, name: str, checked: Credentials | None, guess: Guess, network: Network, browser: Browser
) -> SignInHeld:
    """``checked``: whose password it was; None when it was wrong."""
    until = database.now() + timedelta(seconds=guess.wait)
    held = Held(name, secrets.token_hex(16), until, token_hash(browser.token), network, guess.taken_at)
    if checked is not None:
        held = replace(held, account_id=checked.id, password_of=checked.password_changed_at)
    return SignInHeld(held.seal(database.keys))


def finish(database: Database, sealed: str, *, browser: Browser, origin: Origin) -> SignedIn:
    """Say what came of a sign-in that was held, once.

    Raises SignInHeld while it still is, SignInLate, WrongNameOrPassword or limits.TooOften.
    """
    held = read(database, sealed)
    if database.now() < held.until:
        raise SignInHeld(sealed)
    if held.browser != token_hash(browser.token):
        raise SignInLate
    with database.writing(held.account_id, origin) as work:
        checked = accounts.credentials_again(work, held.account_id)
        if checked is None or checked.password_changed_at != held.password_of:
            raise WrongNameOrPassword
        if not once.use(work, held.nonce, held.until + _LIFE):
            return _twin(work, held, browser)
        guesses.give_back(work, guesses.held_then(work, held.name, held.network, held.taken_at))
        return sign_in.open_checked(work, checked, known=False, network=held.network, browser=browser)


def _twin(work: Work, held: Held, browser: Browser) -> SignedIn:
    """A double click: the browser keeps either answer's cookie."""
    if (token := sessions.twin_token(work, held.account_id, browser.family)) is None:
        raise SignInLate
    return SignedIn(sessions.PASSWORD, token)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
