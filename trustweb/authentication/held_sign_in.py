"""A stranger who tries a name that many wrong passwords were typed for waits for the outcome.

No thread waits with them: the password was compared at once, and the browser keeps what came of it, sealed, until it
may be opened.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from trustweb import accounts
from trustweb.authentication import sign_in
from trustweb.authentication.sign_in import Browser, SignedIn, WrongNameOrPassword
from trustweb.codes.limits import Network
from trustweb.database import Database, Origin, Refused
from trustweb.keys import KeyRing
from trustweb.models import Credentials

_USE = "held sign-in"
_NOBODY = 0
_LIFE = timedelta(minutes=10)


class SignInHeld(Refused):
    """What came of it is said to whoever brings ``sealed`` when the time has come."""

    def __init__(self, sealed: str) -> None:
        super().__init__()
        self.sealed = sealed


class SignInLate(Refused):
    """Nobody came for the outcome in time."""


@dataclass(frozen=True, slots=True)
class Held:
    """The outcome of a sign-in that is held. Sealed, those that were right and those that were not look the same."""

    name: str
    until: datetime
    account_id: int = _NOBODY
    password: str = ""
    """Which one it was, should it be changed meanwhile."""

    def seal(self, keys: KeyRing) -> str:
        said = [self.name[:254], self.until.isoformat(), f"{self.account_id:019d}", f"{self.password:64}"]
        return keys.seal(_USE, json.dumps(said).encode())


def read(keys: KeyRing, sealed: str) -> Held:
    """Raises SignInLate when it cannot be read any more."""
    try:
        name, until, account_id, password = json.loads(keys.open(_USE, sealed))
    except ValueError:  # the ring has lost its key since
        raise SignInLate from None
    return Held(name, datetime.fromisoformat(until), int(account_id), password.strip())


def hold(database: Database, name: str, checked: Credentials | None, seconds: int) -> SignInHeld:
    """``checked``: whose password it was; None when it was wrong."""
    until = database.now() + timedelta(seconds=seconds)
    held = Held(name, until, checked.id, _print(checked)) if checked else Held(name, until)
    return SignInHeld(held.seal(database.keys))


def finish(database: Database, sealed: str, *, network: Network, browser: Browser, origin: Origin) -> SignedIn:
    """Say what came of a sign-in that was held.

    Raises SignInHeld while it still is, SignInLate, WrongNameOrPassword or limits.TooOften.
    """
    held, now = read(database.keys, sealed), database.now()
    if now < held.until:
        raise SignInHeld(sealed)
    if now > held.until + _LIFE:
        raise SignInLate
    with database.writing(held.account_id, origin) as work:
        checked = accounts.credentials_again(work, held.account_id)
        if checked is None or _print(checked) != held.password:
            raise WrongNameOrPassword
        return sign_in.open_checked(work, checked, known=False, network=network, browser=browser)


def _print(checked: Credentials) -> str:
    return hashlib.sha256(checked.password_hash.encode()).hexdigest()
