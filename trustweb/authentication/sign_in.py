"""Sign-in: a right password opens a half-open session, and a right code makes it full."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, update

from trustweb import accounts, endings, factors, journal, notices, phone_numbers
from trustweb.accounts import token_hash
from trustweb.authentication import known_browsers, open_recovery, proving, sessions, sign_in_counts
from trustweb.codes import challenges, failures, limits, links, sending
from trustweb.codes.challenges import APP, DEVICE, DEVICES, SIGN_IN
from trustweb.codes.limits import Network
from trustweb.factors import (
    app_passwords,
    authenticator_apps,
    enrolled,
    removal_rules,
    trusted_devices,
    trusted_numbers,
)
from trustweb.factors.enrolled import Enrolled
from trustweb.factors.trusted_devices import Presented
from trustweb.models import (
    NOW,
    Account,
    AppView,
    ChallengeView,
    Credentials,
    DeviceView,
    NumberView,
    SessionView,
)
from trustweb.work import Refused, Work

_ACCOUNT = update(Account).where(Account.id == bindparam("account"))
_REHASH = _ACCOUNT.values(password_hash=bindparam("hashed"))
_NEW_PASSWORD = _REHASH.values(password_changed_at=NOW, password_by_mail=bindparam("by_mail"))
_NOTE_READ = _ACCOUNT.values(strangers_blocked_at=None)


class WrongNameOrPassword(Refused):
    """The name is unknown, the account is disabled or the password is wrong: one answer for all."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session that a sign-in made, and the cookies that the browser gets."""

    stage: str
    token: str
    device: str | None = None
    """The new cookie value of the trusted device that this browser is."""
    proved: bool = False
    """True when a code was typed or a passkey was used."""


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that signs in: its token, the form it submitted, and the cookies of the trusted devices it may be."""

    token: str
    family: str
    devices: Sequence[str] = ()


def open_checked(
    work: Work, checked: Credentials, *, known: bool, network: Network, browser: Browser, rehashed: str | None = None,
    typed_at: datetime | None = None,
) -> SignedIn:  # fmt: skip
    """Open a session after a right password. Raises WrongNameOrPassword or limits.TooOften."""
    account = accounts.credentials_by_id(work, checked.id)
    # While the password was hashed it may have been changed, or the account disabled or deleted.
    if account is None or account.disabled_at or account.password_changed_at != checked.password_changed_at:
        raise WrongNameOrPassword
    if rehashed:
        work.execute(_REHASH, {"account": account.id, "hashed": rehashed})
    here = trusted_devices.this_browser(work, account.id, browser.devices)
    which = browser_hash(browser, here)
    if account.two_factor_since is None:
        sign_in_counts.count(work, account.id, known=known)
        known_browsers.remember(work, account.id, browser.token)
        return _start_full(work, account.id, known, which, typed_at)
    if here is not None and here.device.is_usable:
        sign_in_counts.count(work, account.id, known=True)
        cookie = trusted_devices.renew(work, here.device, newest=here.newest)
        return _start_full(work, account.id, True, which, typed_at, here.device, cookie)
    if (first_click := sessions.double_click_token(work, account.id, browser.family)) is not None:
        return SignedIn(sessions.PASSWORD, first_click)
    sign_in_counts.count_half_open(work, account.id, network, known=known)
    session, token = sessions.start(
        work, account.id, stage=sessions.PASSWORD, known_browser=known, browser_hash=which, typed_at=typed_at,
        family=browser.family,
    )  # fmt: skip
    _send_unasked(work, session)
    return SignedIn(sessions.PASSWORD, token)


def browser_hash(browser: Browser, here: Presented | None) -> str:
    """Return the hash that identifies a browser: the trusted device's if it is one, else its token's.

    A trusted device may have lost its token and must still be recognised: no browser may show a code that it asked for.
    """
    return here.device.browser_hash if here else token_hash(browser.token)


def _start_full(
    work: Work, account_id: int, known: bool, which: str, typed_at: datetime | None, here: DeviceView | None = None,
    cookie: str | None = None,
) -> SignedIn:  # fmt: skip
    device_id = here.id if here else None
    open_recovery.stop(work, account_id, device_id)
    _, token = sessions.start(
        work, account_id, stage=sessions.FULL, known_browser=known, browser_hash=which, device_id=device_id,
        typed_at=typed_at,
    )  # fmt: skip
    how = {"method": "trust", "label": here.label} if here else {"method": "password"}
    journal.write(work, account_id, "signed_in", **how)
    return SignedIn(sessions.FULL, token, cookie)


def _send_unasked(work: Work, session: SessionView) -> None:
    """Begin the proof that needs no choice, so that the page opens with it.

    The trusted devices are asked first. Without one, and without a passkey, an authenticator app shows the code;
    without an app, a code goes to the only number, unless strangers caused too many unanswered codes already.
    """
    mine = enrolled.of(work, session.account_id)
    destination, method, counts = DEVICES, DEVICE, []
    if not mine.devices_elsewhere(session):
        if mine.passkeys:  # the person chooses
            return
        if usable := apps(mine, session):
            newest = max(usable, key=lambda each: each.last_proved_at or each.added_at)
            sending.begin(work, session, SIGN_IN, authenticator_apps.destination(newest))
            return
        numbers = choices(mine, session)
        if len(numbers) != 1:
            return
        destination, method = trusted_numbers.destination(numbers[0]), numbers[0].method
        if not session.known_browser:
            counts = [failures.unanswered(session.account_id)]
    with suppress(limits.TooOften):  # then the page has a button
        sending.first(work, session, SIGN_IN, destination, method, *counts)


def choices(mine: Enrolled, session: SessionView) -> list[NumberView]:
    """Return the numbers that a code may be sent to."""
    return mine.usable(NumberView, session)


def apps(mine: Enrolled, session: SessionView) -> list[AppView]:
    """Return the authenticator apps whose code may be typed."""
    return mine.usable(AppView, session)


def send_code(
    work: Work, session: SessionView, purpose: str, public_id: str, method: str, *, seen_token: str
) -> ChallengeView:
    """Send a code to one of the account's numbers, or wait for one from a device or an app of it.

    Raises NotFound, MethodUnfit, TooSoon, NoTriesLeft or TooOften.
    """
    mine = enrolled.of(work, session.account_id)
    if method == APP:
        app = factors.find(apps(mine, session), public_id)
        return sending.begin(work, session, purpose, authenticator_apps.destination(app))
    if method == DEVICE:
        if not mine.devices_elsewhere(session):
            raise factors.NotFound
        return sending.send(work, session, purpose, DEVICES, DEVICE, seen_token=seen_token)
    number = factors.find(choices(mine, session), public_id)
    if method not in number.methods:
        raise trusted_numbers.MethodUnfit
    return sending.send(work, session, purpose, trusted_numbers.destination(number), method, seen_token=seen_token)


def with_code(work: Work, session: SessionView, typed: str, *, browser: Browser) -> SignedIn:
    """Finish signing in. Raises what challenges.check raises."""
    challenge = challenges.check(work, session, SIGN_IN, typed)
    proof = {"label": challenge.label} if challenge.label else {}
    if challenge.method not in (APP, DEVICE):
        proof = {"number": phone_numbers.mask(challenge.number)}
    journal.write(work, session.account_id, "signed_in", method=challenge.method, **proof)
    open_recovery.stop(work, session.account_id, challenge.factor_id)
    token = proving.promote(work, session, challenges.proof(challenge))
    return finish(work, session.account_id, token, browser)


def finish(work: Work, account_id: int, token: str, browser: Browser) -> SignedIn:
    """Finish a sign-in after a proof: the browser becomes known, and its trust is renewed if it was trusted."""
    known_browsers.remember(work, account_id, browser.token)
    here = trusted_devices.this_browser(work, account_id, browser.devices)
    if here is None:
        return SignedIn(sessions.FULL, token, proved=True)
    return SignedIn(sessions.FULL, token, trusted_devices.renew(work, here.device, newest=here.newest))


def change_password(work: Work, session: SessionView, *, checked_hash: str, new_hash: str) -> None:
    """Store a new password and end every other session.

    Raises TooYoung, or WrongNameOrPassword when the old password changed since it was checked.
    """
    account = accounts.credentials_by_id(work, session.account_id)
    if account is None or account.password_hash != checked_hash:
        raise WrongNameOrPassword
    # It ends the trust in all devices and shuts everybody else out, so a factor of the last day may not do it.
    removal_rules.require_older_hand(work, session, enrolled.of(work, session.account_id).sign_in_factors)
    proving.note_password(work, session)
    store_password(work, session.account_id, new_hash, keep_session=session.id)
    notices.tell(work, session.account_id, "password_changed")


def set_password(work: Work, account_id: int, new_hash: str) -> None:
    """Store a new password for the operator, end every session and tell the owner."""
    store_password(work, account_id, new_hash)
    notices.tell(work, account_id, "password_set")


def store_password(work: Work, account_id: int, new_hash: str, *, keep_session: int = 0, by_mail: bool = False) -> None:
    """Store a new password, and end what the old one opened.

    These are all sessions (but one), all that was opened at services, trusted devices, links, app-specific passwords
    and open recoveries.
    """
    work.execute(_NEW_PASSWORD, {"account": account_id, "hashed": new_hash, "now": work.now, "by_mail": by_mail})
    endings.end_all(work, account_id, keep_session=keep_session)
    trusted_devices.remove_all(work, account_id)
    links.end_all(work, account_id)
    open_recovery.end_all(work, account_id)
    app_passwords.revoke_all(work, account_id)


def note_read(work: Work, account_id: int) -> None:
    """Store that the owner has read the warning that somebody knows the password."""
    work.execute(_NOTE_READ, {"account": account_id})
