"""Sign-in with a name and a password, which is checked outside of any transaction: a hash costs a thousand queries."""

from __future__ import annotations

from trustweb.accounts import token_hash
from trustweb.authentication import guesses, held_sign_in, known_browsers, sign_in
from trustweb.authentication.passwords import Hasher
from trustweb.authentication.sign_in import Browser, SignedIn, WrongNameOrPassword
from trustweb.codes.limits import Network
from trustweb.database import Database
from trustweb.models import Credentials
from trustweb.work import Origin, Work


def with_password(
    database: Database, hasher: Hasher, *, name: str, password: str, network: Network, browser: Browser, origin: Origin
) -> SignedIn:
    """Check a name and a password. The session is full when two-factor is off, or in a browser that the owner trusts.

    Raises WrongNameOrPassword, held_sign_in.SignInHeld, passwords.TooBusy or limits.TooOften.
    """
    # From now on everybody counts this one, but nobody has to wait for the disk: before a stranger hears the outcome,
    # and before whoever was right comes in, another commit does wait.
    with database.writing(durable=False) as work:
        account, known_subject = _look_up(work, name, browser)
        known = bool(known_subject)
        if account is not None and known:
            guess = guesses.by_owner(work, account.id, name, known_subject)
        else:
            guess = guesses.by_stranger(work, name, network)
    usable = account if account is not None and account.disabled_at is None else None
    with guesses.comparing(database, guess):
        right = hasher.verify(usable.password_hash if usable else None, password, known_browser=known)
        rehashed = hasher.hash(password) if usable and right and hasher.needs_rehash(usable.password_hash) else None
    if not right:
        guesses.log_wrong(guess, network)
    if not known and (not right or guess.wait):
        guesses.count_for_name(database, guess)
    checked = usable if right else None
    if guess.wait:
        raise held_sign_in.hold(database, name, checked, guess, network, browser)
    if checked is None:
        raise WrongNameOrPassword
    with database.writing(checked.id, origin) as work:
        guesses.give_back(work, guess)
        return sign_in.open_checked(work, checked, known=known, network=network, browser=browser, rehashed=rehashed)


def _look_up(work: Work, name: str, browser: Browser) -> tuple[Credentials | None, str]:
    """Return the credentials of a name, and the subject that counts the browser's tries; "" for a stranger's."""
    account, known = known_browsers.credentials(work, name, browser.token)
    if known:
        return account, token_hash(browser.token)
    # A browser may have lost the cookie of known browsers, and still have the one of trusted devices.
    return account, known_browsers.trusted_subject(work, account.id if account else 0, browser.devices)
