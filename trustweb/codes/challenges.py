"""A challenge is one request for one code. Here it is found, is checked and ends; ``sending`` begins it.

The code is never stored: it is HOTP of a sealed random secret and a counter, derived when a worker sends
it and when somebody types it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Boolean, and_, bindparam, exists, or_, select, update

from trustweb import one_time_code
from trustweb.codes import failures, steps
from trustweb.codes.steps import Match
from trustweb.database import Refused, Work
from trustweb.delivery import outbox
from trustweb.models import NOW, Challenge, ChallengeView, Delivery, DeliveryView, Factor, SessionView, columns

SIGN_IN = "sign_in"
STEP_UP = "step_up"
ADD_NUMBER = "add_number"
ADD_APP = "add_app"

# Built once: putting a statement together takes longer than executing it.
COLUMNS = columns(ChallengeView, Challenge)
_DELIVERY = columns(DeliveryView, Delivery)
STILL_LIVE = (Challenge.id == bindparam("challenge"), Challenge.ended_at.is_(None))
_LIVE = select(*COLUMNS).where(
    Challenge.session_id == bindparam("session"),
    Challenge.purpose == bindparam("of"),
    Challenge.ended_at.is_(None),
)
_PROGRESS = (
    select(*COLUMNS, *_DELIVERY)
    .outerjoin(Delivery, and_(Delivery.challenge_id == Challenge.id, Delivery.kind == outbox.CODE))
    .where(
        Challenge.session_id == bindparam("session"),
        Challenge.purpose == bindparam("of"),
        Challenge.ended_at.is_(None),
    )
    .order_by(Delivery.id.desc())
    .limit(1)
)
# From a browser that the account knows, a worn-out factor may still be proved anew.
_WORN_OUT = exists().where(Factor.id == Challenge.factor_id, Factor.disabled_at.is_not(None))
_MAY_TRY = or_(bindparam("known", type_=Boolean), ~_WORN_OUT)
_TAKE_TRY = (
    update(Challenge)
    .where(
        *STILL_LIVE,
        Challenge.expires_at > NOW,
        Challenge.tries_left > 0,
        _MAY_TRY,
    )
    .values(tries_left=Challenge.tries_left - 1)
    .returning(Challenge.tries_left)
)
_END = update(Challenge).where(*STILL_LIVE).values(ended_at=NOW, outcome=bindparam("how"))
_END_OF_FACTOR = (
    update(Challenge)
    .where(Challenge.factor_id == bindparam("factor"), Challenge.ended_at.is_(None))
    .values(ended_at=NOW, outcome="cancelled")
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a code goes. Text and call to one number are one destination."""

    number: str
    region: str
    line: str
    label: str
    factor_id: int | None = None


APP = "app"
"""The method of a code that an authenticator app shows. Nothing is sent; each app is a destination of its own."""
DEVICE = "device"
"""The method of a code that is shown on trusted devices."""
DEVICES = Destination("", "", "", "")
"""All of the account's trusted devices; the challenge gets the factor of the one that allows it."""


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


class CodeUsed(CodeWrong):
    """A code that changes by itself, and that was right, once."""


class TooSoon(Refused):
    """The cool-down between two sends is not over."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at)
        self.again_at = again_at


def live(work: Work, session: SessionView, purpose: str) -> ChallengeView | None:
    """The challenge that this session is at, even when its code is too old by now."""
    row = work.execute(_LIVE, {"session": session.id, "of": purpose}).one_or_none()
    return ChallengeView(*row) if row else None


def progress(work: Work, session: SessionView, purpose: str) -> tuple[ChallengeView | None, DeliveryView | None]:
    """The live challenge, and how its newest message fares."""
    row = work.execute(_PROGRESS, {"session": session.id, "of": purpose}).one_or_none()
    if row is None:
        return None, None
    challenge, delivery = row[: len(COLUMNS)], row[len(COLUMNS) :]
    return ChallengeView(*challenge), DeliveryView(*delivery) if delivery[0] is not None else None


def seen(challenge: ChallengeView | None) -> str:
    """What a page has seen of the challenge. A form gives it back, so that a twin of it sends nothing."""
    return f"{challenge.public_id}.{challenge.sends}" if challenge else ""


def end(work: Work, challenge: ChallengeView, outcome: str) -> bool:
    """End a live challenge; False when somebody else ended it first."""
    return work.changed(_END, {"challenge": challenge.id, "now": work.now, "how": outcome}) == 1


def end_of_factor(work: Work, factor_id: int) -> None:
    """Cancel every challenge that the factor would answer; it is being removed."""
    work.execute(_END_OF_FACTOR, {"factor": factor_id, "now": work.now})


def cancel(work: Work, session: SessionView, purpose: str) -> None:
    if challenge := live(work, session, purpose):
        end(work, challenge, "cancelled")


def check(work: Work, session: SessionView, purpose: str, typed: str) -> ChallengeView:
    """Check a typed code and use the challenge up; what is returned has the factor that proved it.

    Raises one_time_code.CodeUnreadable, NoCode, CodeExpired, NoTriesLeft, limits.TooOften or CodeWrong. A try is taken
    before anything is compared, and each step is decided by the row count of one UPDATE: racers cannot
    share a try or use a code twice.
    """
    code = one_time_code.read(typed)
    if (challenge := live(work, session, purpose)) is None:
        raise NoCode
    if challenge.expires_at <= work.now:
        raise CodeExpired
    taking = {"challenge": challenge.id, "now": work.now, "known": session.known_browser}
    if (tries_left := work.execute(_TAKE_TRY, taking).scalar_one_or_none()) is None:
        raise NoTriesLeft
    failures.begin(work, session)
    try:
        match = _match(work, session, challenge, code)
    except ValueError:  # the ring has lost its key since
        raise CodeExpired from None
    if match is None or not match.fresh:
        failures.count(work, session, challenge.factor_id)
        raise CodeUsed(tries_left) if match else CodeWrong(tries_left)
    if not end(work, challenge, "used"):
        raise NoCode
    failures.forgive(work, session, match.factor_id)
    return challenge if challenge.factor_id == match.factor_id else replace(challenge, factor_id=match.factor_id)


def _match(work: Work, session: SessionView, challenge: ChallengeView, code: str) -> Match | None:
    """Whether this is the challenge's code. Raises ValueError when the ring has lost the key of its secret."""
    if challenge.method == APP:
        if challenge.factor_id is not None:
            return steps.of_app(work, challenge.factor_id, code)
        secret = one_time_code.secret_of(challenge, work.keys)  # the app is being added
        right = one_time_code.step_of(secret, code, work.now) is not None
    else:
        right = hmac.compare_digest(one_time_code.derive(challenge, work.keys).encode(), code.encode())
    # What no device has allowed is shown nowhere, so it could only be a guess; but a device may show one of its own.
    if challenge.method == DEVICE and not (right and challenge.factor_id is not None):
        return steps.of_device(work, session, code)
    return Match(challenge.factor_id, fresh=True) if right else None
