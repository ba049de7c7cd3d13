"""Sending a code: the first one of a challenge, the same again, or by another way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update

from trustweb import one_time_code
from trustweb.codes import denials, limits, site_shares
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
    seen,
)
from trustweb.codes.limits import Count
from trustweb.database import Work
from trustweb.delivery import outbox, prompts
from trustweb.models import Challenge, ChallengeView, SessionView, new_public_id

_SAME_CODE = timedelta(minutes=2)
"""With less life left than this, a resend makes a new code: the old one might arrive too late to be typed."""
_START = insert(Challenge).returning(Challenge.id)
_SENT_AGAIN = (
    update(Challenge)
    .where(*STILL_LIVE)
    .values({name: bindparam(f"new_{name}") for name in ("method", "label", "counter", "expires_at", "next_send_at")})
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
    """Send a code: the first, again, by the other method or to another destination.

    Raises NoTriesLeft, TooSoon or limits.TooOften. A double click, a second tab or a reload shows by its ``seen_token``
    that the page before it is out of date; then nothing is sent, and the challenge is returned as it is.
    """
    challenge = _before(work, session, purpose)
    if challenge and challenge.number == destination.number:
        if seen(challenge) != seen_token:
            return challenge
        if challenge.next_send_at > work.now:
            raise TooSoon(challenge.next_send_at)
    try:
        last_until = _take(work, session, destination)
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
    _put(work, session, sent)
    return sent


def begin(work: Work, session: SessionView, purpose: str, destination: Destination) -> ChallengeView:
    """Begin a challenge that an authenticator app answers; nothing is sent, and a second click finds it begun.

    Raises NoTriesLeft.
    """
    challenge = _before(work, session, purpose)
    if challenge and challenge.number == destination.number and challenge.expires_at > work.now:
        return challenge
    return _start(work, session, purpose, destination, APP, None, replacing=challenge)


def _before(work: Work, session: SessionView, purpose: str) -> ChallengeView | None:
    challenge = live(work, session, purpose)
    if challenge and challenge.tries_left <= 0 and challenge.expires_at > work.now:
        raise NoTriesLeft  # the tries carry over to every successor, so another code could not be typed
    return challenge


def first(
    work: Work, session: SessionView, purpose: str, destination: Destination, method: str, *counts: Count
) -> ChallengeView:
    """Send the first code of a session that was made just now; ``counts``: what it counts towards besides.

    Raises limits.TooOften.
    """
    try:
        last_until = _take(work, session, destination, *counts)
    except limits.TooOften as refused:
        if destination != DEVICES:
            raise
        return _start(work, session, purpose, destination, method, refused.again_at, replacing=None, sends=0)
    sent = _start(work, session, purpose, destination, method, last_until, replacing=None)
    _put(work, session, sent)
    return sent


def pauses(work: Work, session: SessionView, destinations: Iterable[Destination]) -> dict[str, datetime]:
    """Of these, the numbers that a limit keeps from getting a code now, and until when."""
    wanted = {each.number: _counts(work, session, each) for each in destinations}
    opens = limits.full_among(work, [count for every in wanted.values() for count in every])
    found = {
        number: [opens[name, subject] for name, subject, _ in every if (name, subject) in opens]
        for number, every in wanted.items()
    }
    return {number: max(moments) for number, moments in found.items() if moments}


def _put(work: Work, session: SessionView, sent: ChallengeView) -> None:
    if sent.method == DEVICE:  # an open page asks by itself for what it has to show
        prompts.put(work, session, sent)
    else:
        outbox.put(work, sent)


def _send_again(
    work: Work, challenge: ChallengeView, destination: Destination, method: str, last_until: datetime | None
) -> ChallengeView | None:
    """Keep the code while it has life enough, else move it on, once. None: a new challenge is needed."""
    counter, expires_at = challenge.counter, challenge.expires_at
    if expires_at - work.now < _SAME_CODE:
        if counter > 0:
            return None
        counter, expires_at = counter + 1, _life(work, method)
    changes = {
        "new_method": method,
        "new_label": destination.label,
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
    """``sends=0``: the devices are asked too often to show it, but a code that somebody makes there may be typed."""
    tries = work.config.code_tries
    if replacing is not None:
        if replacing.expires_at > work.now:  # otherwise changing numbers to and fro would give tries for ever
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
        "method": method,
        "secret": one_time_code.new_secret(work.keys),
        "counter": 0,
        "tries_left": tries,
        "sends": sends,
        "next_send_at": _next_send(work, 0, last_until),
        "expires_at": _life(work, method),
        "ended_at": None,
    }
    challenge_id = work.insert(_START, started | {"session_id": session.id, "started_at": work.now})
    return ChallengeView(id=challenge_id, **started)


def _life(work: Work, method: str) -> datetime:
    config = work.config
    return work.now + timedelta(seconds=config.device_code_life if method == DEVICE else config.code_life)


def _next_send(work: Work, sends: int, last_until: datetime | None) -> datetime:
    """After the cool-down; and when this was the last send that a limit allows, not before that opens again."""
    steps = work.config.cool_downs
    cool = work.now + timedelta(seconds=steps[min(sends, len(steps) - 1)])
    return max(cool, last_until or cool)


def _take(work: Work, session: SessionView, destination: Destination, *besides: Count) -> datetime | None:
    """Count a send. When it was the last one that may go there for now, say until when."""
    here = _counts(work, session, destination)
    windows = limits.take(work, *besides, *here)
    site_shares.note(windows)
    names = {name for name, _, _ in here}
    return max((each.resets_at for each in windows if each.name in names and each.hits >= each.most), default=None)


def _counts(work: Work, session: SessionView, destination: Destination) -> list[Count]:
    """What a send counts towards."""
    config = work.config
    account = str(session.account_id)
    if destination == DEVICES:
        return [denials.asking(work, session.account_id, session.known_browser)]
    pot = "site_unproved" if destination.factor_id is None else "site_proved"
    shares = site_shares.of_account(work, pot, session.account_id, known_browser=session.known_browser)
    number = work.keys.digest("number", destination.number)
    if destination.factor_id is not None:
        # Apart, or a stranger with the password could use up the codes that the owner needs.
        sends, codes = (
            ("proved_sends", "account_codes") if session.known_browser else ("stranger_sends", "stranger_codes")
        )
        return [
            (sends, f"{account}:{number}", config.proved_sends),
            (codes, account, config.account_codes),
            *shares,
        ]
    # Over all accounts together, and refused with a sentence that says nothing of the others.
    return [
        ("account_sends", account, config.account_sends),
        ("number_sends", number, config.unproved_sends),
        *shares,
    ]
