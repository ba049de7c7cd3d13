"""A challenge is one request for one code. Here it begins, is sent again, is checked and ends.

The code is never stored: it is HOTP of a sealed random secret and a counter, derived when a worker sends
it and when somebody types it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from trustweb import one_time_code
from trustweb.codes import failures, limits
from trustweb.database import Refused, Work, rows_changed
from trustweb.delivery import outbox
from trustweb.models import AnySession, Challenge, SignInSession

SIGN_IN = "sign_in"
STEP_UP = "step_up"
ADD_NUMBER = "add_number"

_LIVE = select(Challenge).where(
    Challenge.session_id == bindparam("session"),
    Challenge.purpose == bindparam("purpose"),
    Challenge.ended_at.is_(None),
)
_SAME_CODE = timedelta(minutes=2)
"""With less life left than this, a resend makes a new code: the old one might arrive too late to be typed."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a code goes. Text and call to one number are one destination."""

    number: str
    region: str
    line: str
    label: str
    factor_id: int | None = None


class NoCode(Refused):
    """There is nothing to type a code for: none was sent, or it was cancelled, replaced or used."""


class CodeExpired(Refused):
    pass


class NoTriesLeft(Refused):
    pass


class CodeWrong(Refused):
    keeps_changes = True  # the try stays taken

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class TooSoon(Refused):
    """The cool-down between two sends is not over."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at)
        self.again_at = again_at


def live(work: Work, session: AnySession, purpose: str) -> Challenge | None:
    """The challenge that this session is at, even when its code is too old by now."""
    return work.db.scalar(_LIVE, {"session": session.id, "purpose": purpose})


def seen(challenge: Challenge | None) -> str:
    """What a page has seen of the challenge. A form gives it back, so that a twin of it sends nothing."""
    return f"{challenge.public_id}.{challenge.sends}" if challenge else ""


def send(
    work: Work,
    session: SignInSession,
    purpose: str,
    destination: Destination,
    method: str,
    *,
    seen_token: str,
) -> Challenge:
    """Send a code: the first, again, by the other method or to another destination.

    Raises NoTriesLeft, TooSoon or limits.TooOften. A double click, a second tab or a reload shows by its ``seen_token``
    that the page before it is out of date; then nothing is sent, and the challenge is returned as it is.
    """
    challenge = live(work, session, purpose)
    if challenge and challenge.tries_left <= 0 and challenge.expires_at > work.now:
        raise NoTriesLeft  # the tries carry over to every successor, so another code could not be typed
    if challenge and challenge.number == destination.number:
        if seen(challenge) != seen_token:
            return challenge
        if challenge.next_send_at > work.now:
            raise TooSoon(challenge.next_send_at)
        if not _renew(work, challenge):
            challenge = _start(work, session, purpose, destination, replacing=challenge)
    else:
        challenge = _start(work, session, purpose, destination, replacing=challenge)
    _count_send(work, session, challenge)
    challenge.method = method
    challenge.label = destination.label
    steps = work.config.cool_downs
    challenge.next_send_at = work.now + timedelta(seconds=steps[min(challenge.sends, len(steps) - 1)])
    challenge.sends += 1
    work.db.flush()
    outbox.put(work, challenge)
    return challenge


def _renew(work: Work, challenge: Challenge) -> bool:
    """Keep the code while it has life enough, else move it on, once. False: a new challenge is needed."""
    if challenge.expires_at - work.now >= _SAME_CODE:
        return True
    if challenge.counter > 0:
        return False
    challenge.counter += 1
    challenge.expires_at = work.now + timedelta(seconds=work.config.code_life)
    return True


def _start(
    work: Work, session: SignInSession, purpose: str, destination: Destination, *, replacing: Challenge | None
) -> Challenge:
    tries = work.config.code_tries
    if replacing is not None:
        if replacing.expires_at > work.now:  # otherwise changing numbers to and fro would give tries for ever
            tries = replacing.tries_left
        end(work, replacing, "replaced")
    challenge = Challenge(
        session_id=session.id,
        account_id=session.account_id,
        purpose=purpose,
        factor_id=destination.factor_id,
        number=destination.number,
        region=destination.region,
        line=destination.line,
        label=destination.label,
        method="",
        secret=one_time_code.new_secret(work.keys),
        counter=0,
        tries_left=tries,
        sends=0,
        started_at=work.now,
        next_send_at=work.now,
        expires_at=work.now + timedelta(seconds=work.config.code_life),
    )
    work.db.add(challenge)
    return challenge


def _count_send(work: Work, session: SignInSession, challenge: Challenge) -> None:
    config = work.config
    if challenge.factor_id is not None:
        subject = f"{challenge.account_id}:{work.keys.digest('number', challenge.number)}"
        # Apart, or a stranger with the password could use up the codes that the owner needs.
        name = "proved_sends" if session.known_browser else "stranger_sends"
        limits.hit(work, name, subject, config.proved_sends)
        limits.hit(work, "site_proved", "", ((config.daily_sends, 86400),))
    else:
        # Over all accounts together, and refused with a sentence that says nothing of the others.
        limits.hit(work, "account_sends", str(challenge.account_id), config.account_sends)
        limits.hit(work, "number_sends", work.keys.digest("number", challenge.number), config.unproved_sends)
        limits.hit(work, "site_unproved", "", ((config.daily_sends, 86400),))


def end(work: Work, challenge: Challenge, outcome: str) -> bool:
    """End a live challenge; False when somebody else ended it first."""
    ending = update(Challenge).where(Challenge.id == challenge.id, Challenge.ended_at.is_(None))
    return rows_changed(work.db, ending.values(ended_at=work.now, outcome=outcome)) == 1


def cancel(work: Work, session: AnySession, purpose: str) -> None:
    if challenge := live(work, session, purpose):
        end(work, challenge, "cancelled")


def check(work: Work, session: SignInSession, purpose: str, typed: str) -> Challenge:
    """Check a typed code and use the challenge up.

    Raises one_time_code.CodeUnreadable, NoCode, CodeExpired, NoTriesLeft, limits.TooOften or CodeWrong. A try is taken
    before anything is compared, and each step is decided by the row count of one UPDATE: racers cannot
    share a try or use a code twice.
    """
    code = one_time_code.read(typed)
    if (challenge := live(work, session, purpose)) is None:
        raise NoCode
    if challenge.expires_at <= work.now:
        raise CodeExpired
    if failures.worn_out(work, session, challenge.factor_id):
        raise NoTriesLeft
    _take_try(work, challenge)
    failures.begin(work, session)
    try:
        right = hmac.compare_digest(one_time_code.derive(challenge, work.keys).encode(), code.encode())
    except ValueError:  # the ring has lost its key since
        raise CodeExpired from None
    if not right:
        failures.count(work, session, challenge.factor_id)
        raise CodeWrong(challenge.tries_left)
    if not end(work, challenge, "used"):
        raise NoCode
    failures.forgive(work, session, challenge.factor_id)
    return challenge


def _take_try(work: Work, challenge: Challenge) -> None:
    take = (
        update(Challenge)
        .where(
            Challenge.id == challenge.id,
            Challenge.ended_at.is_(None),
            Challenge.expires_at > work.now,
            Challenge.tries_left > 0,
        )
        .values(tries_left=Challenge.tries_left - 1)
    )
    if not rows_changed(work.db, take):
        raise NoTriesLeft
    work.db.refresh(challenge)
