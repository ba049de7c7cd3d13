"""Delayed answers to strangers who sign in with a name for which many wrong passwords were typed.

No thread waits: the password is compared at once, and the browser keeps the encrypted outcome until the delay is over.
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
from trustweb.database import Database
from trustweb.keys import KeyRing
from trustweb.models import Credentials
from trustweb.work import Origin, Refused, Work

_USE = "held sign-in"
_NOBODY = 0
_LIFE = timedelta(minutes=10)
_MOST_BYTES = 320


class SignInHeld(Refused):
    """The answer is delayed: the browser gets it for ``sealed`` once the delay is over."""

    def __init__(self, sealed: str) -> None:
        super().__init__()
        self.sealed = sealed


class SignInLate(Refused):
    """There is no outcome any more: it was not fetched in time, or it was fetched already."""


@dataclass(frozen=True, slots=True)
class Held:
    """The outcome of a delayed sign-in. Encrypted, a right password and a wrong one look the same."""

    name: str
    nonce: str
    until: datetime
    browser: str
    """The hash of the browser's token; no other browser can use the outcome."""
    network: Network
    taken_at: datetime
    """When the password was typed and the try was counted; it is given back if the password was right."""
    account_id: int = _NOBODY
    password_of: datetime | None = None
    """When the password that matched was set: it may be changed during the delay."""

    def seal(self, keys: KeyRing) -> str:
        # Of equal length for every outcome; only the name's length varies.
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
    """Decrypt an outcome. Raises SignInLate when it is too old, or the key ring no longer has its key."""
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
    """Return the refusal that holds the outcome back. ``checked``: the account; None after a wrong password."""
    until = database.now() + timedelta(seconds=guess.wait)
    held = Held(name, secrets.token_hex(16), until, token_hash(browser.token), network, guess.taken_at)
    if checked is not None:
        held = replace(held, account_id=checked.id, password_of=checked.password_changed_at)
    return SignInHeld(held.seal(database.keys))


def finish(database: Database, sealed: str, *, browser: Browser, origin: Origin) -> SignedIn:
    """Finish a delayed sign-in, once.

    Raises SignInHeld during the delay, SignInLate, WrongNameOrPassword or limits.TooOften.
    """
    held = read(database, sealed)
    if database.now() < held.until:
        raise SignInHeld(sealed)
    if held.browser != token_hash(browser.token):
        raise SignInLate
    with database.writing(held.account_id, origin) as work:
        checked = accounts.credentials_by_id(work, held.account_id)
        if checked is None or checked.password_changed_at != held.password_of:
            raise WrongNameOrPassword
        if not once.use(work, held.nonce, held.until + _LIFE):
            return _answer_double_click(work, held, browser)
        guesses.give_back(work, guesses.of_held(work, held.name, held.network, held.taken_at))
        return sign_in.open_checked(
            work, checked, known=False, network=held.network, browser=browser, typed_at=held.taken_at
        )


def _answer_double_click(work: Work, held: Held, browser: Browser) -> SignedIn:
    """Answer a double click with the same session, since the browser may keep the cookie of either answer."""
    if (token := sessions.double_click_token(work, held.account_id, browser.family)) is None:
        raise SignInLate
    return SignedIn(sessions.PASSWORD, token)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
