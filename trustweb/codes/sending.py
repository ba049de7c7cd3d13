"""Sending of codes: the first one of a challenge, the same code again, or by another method."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update

from trustweb import one_time_code
from trustweb.codes import limits, send_limits
from trustweb.codes.challenges import (
    APP,
    COLUMNS,
    DEVICE,
    DEVICES,
    STILL_LIVE,
    Destination,
    NoTriesLeft,
    TooSoon,
    end,
    live,
    state_token,
)
from trustweb.codes.limits import Count
from trustweb.delivery import outbox, prompts
from trustweb.models import Challenge, ChallengeView, SessionView, new_public_id
from trustweb.work import Work

_SAME_CODE = timedelta(minutes=2)
"""The life that a code must have left to be sent again; with less it might arrive too late, so a new one is made."""
_START = insert(Challenge).returning(Challenge.id)
_SENT_AGAIN = (
    update(Challenge)
    .where(*STILL_LIVE)
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("method", "label", "service", "counter", "expires_at", "next_send_at")
        }
    )
    .values(sends=Challenge.sends + 1)
    .returning(*COLUMNS)
)


def send(
    work: Work,
    session: SessionView,
    purpose: str,
    destination: Destination,
    method: str,
    *,
    seen_token: str,
) -> ChallengeView:
    """Send a code: the first one, again, by the other method or to another destination.

    Raises NoTriesLeft, TooSoon or limits.TooOften. When ``seen_token`` is out of date (a double click, a second tab, a
    reload), nothing is sent, and the challenge is returned as it is.
    """
    challenge = _live_challenge(work, session, purpose)
    if challenge and challenge.number == destination.number:
        if state_token(challenge) != seen_token:
            return challenge
        if challenge.next_send_at > work.now:
            raise TooSoon(challenge.next_send_at)
    try:
        last_until = send_limits.take(work, session, destination)
    except limits.TooOften as refused:
        waiting = challenge and challenge.number == destination.number and challenge.expires_at > work.now
        if destination != DEVICES or waiting:
            raise
        return _start(work, session, purpose, destination, method, refused.again_at, replacing=challenge, sends=0)
    sent = None
    if challenge and challenge.number == destination.number:
        sent = _send_again(work, challenge, destination, method, last_until)
    if sent is None:
        sent = _start(work, session, purpose, destination, method, last_until, replacing=challenge)
    _queue(work, session, sent)
    return sent


def begin(work: Work, session: SessionView, purpose: str, destination: Destination) -> ChallengeView:
    """Begin a challenge for the code of an authenticator app, or return the one that a first click began.

    Nothing is sent. Raises NoTriesLeft.
    """
    challenge = _live_challenge(work, session, purpose)
    if challenge and challenge.number == destination.number and challenge.expires_at > work.now:
        return challenge
    return _start(work, session, purpose, destination, APP, None, replacing=challenge)


def _live_challenge(work: Work, session: SessionView, purpose: str) -> ChallengeView | None:
    challenge = live(work, session, purpose)
    if challenge and challenge.tries_left <= 0 and challenge.expires_at > work.now:
        raise NoTriesLeft  # a new code would inherit the tries, so nobody could type it
    return challenge


def first(
    work: Work, session: SessionView, purpose: str, destination: Destination, method: str, *counts: Count
) -> ChallengeView:
    """Send the first code of a new session. ``counts``: further limits that it counts towards.

    Raises limits.TooOften.
    """
    try:
        last_until = send_limits.take(work, session, destination, *counts)
    except limits.TooOften as refused:
        if destination != DEVICES:
            raise
        return _start(work, session, purpose, destination, method, refused.again_at, replacing=None, sends=0)
    sent = _start(work, session, purpose, destination, method, last_until, replacing=None)
    _queue(work, session, sent)
    return sent


def _queue(work: Work, session: SessionView, sent: ChallengeView) -> None:
    if sent.method == DEVICE:  # a page that is open on a device polls for it
        prompts.put(work, session, sent)
    else:
        outbox.put(work, sent)


def _send_again(
    work: Work, challenge: ChallengeView, destination: Destination, method: str, last_until: datetime | None
) -> ChallengeView | None:
    """Send the same code again, or, when it is about to expire, the next one, once. None: a new challenge is needed."""
    counter, expires_at = challenge.counter, challenge.expires_at
    if expires_at - work.now < _SAME_CODE:
        if counter > 0:
            return None
        counter, expires_at = counter + 1, _expiry(work, method)
    changes = {
        "new_method": method,
        "new_label": destination.label,
        "new_service": work.origin.service,
        "new_counter": counter,
        "new_expires_at": expires_at,
        "new_next_send_at": _next_send(work, challenge.sends, last_until),
    }
    row = work.execute(_SENT_AGAIN, {"challenge": challenge.id} | changes).one_or_none()
    return ChallengeView(*row) if row else None


def _start(
    work: Work,
    session: SessionView,
    purpose: str,
    destination: Destination,
    method: str,
    last_until: datetime | None,
    *,
    replacing: ChallengeView | None,
    sends: int = 1,
) -> ChallengeView:
    """Insert a challenge. ``sends=0``: a limit keeps devices from showing it, but a device's own code may be typed."""
    tries = work.config.code_tries
    if replacing is not None:
        if replacing.expires_at > work.now:  # otherwise changing to another number and back would give new tries
            tries = replacing.tries_left
        end(work, replacing, "replaced")
    started: dict[str, Any] = {
        "public_id": new_public_id(),
        "account_id": session.account_id,
        "factor_id": destination.factor_id,
        "purpose": purpose,
        "number": destination.number,
        "region": destination.region,
        "line": destination.line,
        "label": destination.label,
        "service": work.origin.service,
        "method": method,
        "secret": one_time_code.new_secret(work.keys),
        "counter": 0,
        "tries_left": tries,
        "sends": sends,
        "next_send_at": _next_send(work, 0, last_until),
        "expires_at": _expiry(work, method),
        "ended_at": None,
    }
    challenge_id = work.insert(_START, started | {"session_id": session.id, "started_at": work.now})
    return ChallengeView(id=challenge_id, **started)


def _expiry(work: Work, method: str) -> datetime:
    config = work.config
    return work.now + timedelta(seconds=config.device_code_life if method == DEVICE else config.code_life)


def _next_send(work: Work, sends: int, last_until: datetime | None) -> datetime:
    """Return the end of the cool-down, or, after the last send that a limit allows, the moment when it opens again."""
    steps = work.config.cool_downs
    cool = work.now + timedelta(seconds=steps[min(sends, len(steps) - 1)])
    return max(cool, last_until or cool)
