"""Challenges, each a request for one code: finding, checking and ending them; ``sending`` begins them.

The code is never stored. It is HOTP (RFC 4226) of a sealed random secret and a counter, derived when a worker sends
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
from trustweb.delivery import outbox
from trustweb.models import (
    AUTHENTICATOR_APP,
    FACTOR_IS_USABLE,
    NOW,
    TRUSTED_DEVICE,
    TRUSTED_NUMBER,
    Challenge,
    ChallengeView,
    Delivery,
    DeliveryView,
    Factor,
    Proof,
    SessionView,
    columns,
)
from trustweb.work import Refused, Work

SIGN_IN = "sign_in"
STEP_UP = "step_up"
ADD_NUMBER = "add_number"
ADD_APP = "add_app"

# Built once: building a statement takes longer than executing it.
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
# A factor that is disabled after too many failures may still be proved from a browser that the account knows.
_WORN_OUT = exists().where(Factor.id == Challenge.factor_id, ~FACTOR_IS_USABLE)
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
    """The destination of a code. Text and call to one number are one destination."""

    number: str
    region: str
    line: str
    label: str
    factor_id: int | None = None


APP = "app"
"""The method of a code that an authenticator app shows. Nothing is sent; each app is its own destination."""
DEVICE = "device"
"""The method of a code that is shown on trusted devices."""
DEVICES = Destination("", "", "", "")
"""All trusted devices of the account; the challenge gets the factor of the device that allows it."""
_SHOWN_BY = {APP: AUTHENTICATOR_APP, DEVICE: TRUSTED_DEVICE}
"""The kinds whose codes are not sent."""


class NoCode(Refused):
    """No challenge is live: no code was sent, or it was cancelled, replaced or used."""


class CodeExpired(Refused):
    """The code is too old, or the key ring no longer has the key of its secret."""


class NoTriesLeft(Refused):
    """All tries of the challenge are used up."""


class CodeWrong(Refused):
    """The code is wrong; ``left`` tries remain."""

    keeps_changes = True  # the try stays counted

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class CodeUsed(CodeWrong):
    """The code is right for its time step, but was used before."""


class TooSoon(Refused):
    """The cool-down between two sends lasts until ``again_at``."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at)
        self.again_at = again_at


def live(work: Work, session: SessionView, purpose: str) -> ChallengeView | None:
    """Return the session's challenge that has not ended, even when its code has expired."""
    row = work.execute(_LIVE, {"session": session.id, "of": purpose}).one_or_none()
    return ChallengeView(*row) if row else None


def progress(work: Work, session: SessionView, purpose: str) -> tuple[ChallengeView | None, DeliveryView | None]:
    """Return the live challenge and the delivery of its newest message."""
    row = work.execute(_PROGRESS, {"session": session.id, "of": purpose}).one_or_none()
    if row is None:
        return None, None
    challenge, delivery = row[: len(COLUMNS)], row[len(COLUMNS) :]
    return ChallengeView(*challenge), DeliveryView(*delivery) if delivery[0] is not None else None


def state_token(challenge: ChallengeView | None) -> str:
    """Return a token for the state of the challenge that a page shows.

    A form sends it back, so that a second submission of the same form (a double click) sends no second code.
    """
    return f"{challenge.public_id}.{challenge.sends}" if challenge else ""


def end(work: Work, challenge: ChallengeView, outcome: str) -> bool:
    """End a live challenge. Return False when it had ended already."""
    return work.changed(_END, {"challenge": challenge.id, "now": work.now, "how": outcome}) == 1


def end_of_factor(work: Work, factor_id: int) -> None:
    """Cancel every challenge that waits for the factor, which is being removed."""
    work.execute(_END_OF_FACTOR, {"factor": factor_id, "now": work.now})


def cancel(work: Work, session: SessionView, purpose: str) -> None:
    if challenge := live(work, session, purpose):
        end(work, challenge, "cancelled")


def check(work: Work, session: SessionView, purpose: str, typed: str) -> ChallengeView:
    """Check a typed code and use up the challenge. Return it with the factor that proved it.

    Raises one_time_code.CodeUnreadable, NoCode, CodeExpired, NoTriesLeft, limits.TooOften or CodeWrong. A try is
    counted before anything is compared, and the row count of one UPDATE decides each step: concurrent requests cannot
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
    except ValueError:  # the key ring no longer has the key
        raise CodeExpired from None
    if match is None or not match.fresh:
        failures.count(work, session, challenge.factor_id)
        raise CodeUsed(tries_left) if match else CodeWrong(tries_left)
    if not end(work, challenge, "used"):
        raise NoCode
    failures.forgive(work, session, match.factor_id)
    return challenge if challenge.factor_id == match.factor_id else replace(challenge, factor_id=match.factor_id)


def proof(challenge: ChallengeView) -> Proof:
    """Return the proof that a right code to this challenge is."""
    if (kind := _SHOWN_BY.get(challenge.method)) is not None:
        return Proof(challenge.factor_id, kind)
    return Proof(challenge.factor_id, TRUSTED_NUMBER, challenge.method)


def _match(work: Work, session: SessionView, challenge: ChallengeView, code: str) -> Match | None:
    """Compare a code with the challenge's; None means wrong. Raises ValueError when the key ring lacks its key."""
    if challenge.method == APP:
        if challenge.factor_id is not None:
            return steps.of_app(work, challenge.factor_id, code)
        secret = one_time_code.secret_of(challenge, work.keys)  # the app is being added
        right = one_time_code.step_of(secret, code, work.now) is not None
    else:
        right = hmac.compare_digest(one_time_code.derive(challenge, work.keys).encode(), code.encode())
    # A code that no device has allowed is shown nowhere, so a match is a guess. A device may show a code of its own.
    if challenge.method == DEVICE and not (right and challenge.factor_id is not None):
        return steps.of_device(work, session, code)
    return Match(challenge.factor_id, fresh=True) if right else None
