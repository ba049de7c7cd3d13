"""Sign-in prompts on trusted devices: a device shows a sign-in, and its owner allows or denies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, update

from trustweb import endings, journal, one_time_code
from trustweb.codes import denials
from trustweb.codes.challenges import DEVICE, SIGN_IN, STEP_UP
from trustweb.factors import trusted_devices
from trustweb.models import (
    DEVICE_IS_IN_USE,
    NOW,
    Challenge,
    ChallengeView,
    DeviceView,
    Factor,
    SignInSession,
    TrustedDevice,
    columns,
)
from trustweb.work import Refused, Work


class PromptGone(Refused):
    """The sign-in is over: its code was typed or has expired, or another device answered."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sign-in, or a step-up, as a device shows it."""

    challenge: ChallengeView
    session_id: int
    known_browser: bool
    """True when the account knows the browser that asks."""
    browser: str
    address: str
    started_at: datetime
    code: str = ""
    """Set after this device has allowed the sign-in."""

    @property
    def poll_key(self) -> str:
        return _poll_key(self.challenge.public_id, allowed=bool(self.code))


def _poll_key(public_id: str, *, allowed: bool) -> str:
    """Return a word for the state of a prompt. A page polls with the words that it shows, to learn what is new."""
    return f"{public_id}!" if allowed else public_id


@dataclass(frozen=True, slots=True)
class DevicePrompts:
    """A trusted device that is the browser of this request, and the prompts that it has to show."""

    device: DeviceView
    prompts: list[Prompt]


_DEVICE, _CHALLENGE = columns(DeviceView, Factor, TrustedDevice), columns(ChallengeView, Challenge)
_ASKING = (
    SignInSession.id,
    SignInSession.known_browser,
    SignInSession.browser_name,
    SignInSession.address,
    Challenge.started_at,
)
_SHOWN = and_(
    Challenge.account_id == Factor.account_id,
    Challenge.method == DEVICE,
    Challenge.sends > 0,
    or_(Challenge.factor_id.is_(None), Challenge.factor_id == Factor.id),
)
_ELSEWHERE = and_(
    SignInSession.id == Challenge.session_id,
    # No device shows a code that was asked for in the same browser.
    or_(SignInSession.browser_hash.is_(None), SignInSession.browser_hash != TrustedDevice.browser_hash),
)
_WAITING = and_(_SHOWN, Challenge.ended_at.is_(None), Challenge.expires_at > NOW)
_STILL_THERE = and_(_ELSEWHERE, SignInSession.ended_at.is_(None))


def _of_device(*what: Any, asked: Any = _WAITING, by: Any = _STILL_THERE) -> Select[Any]:
    return (
        select(*what)
        .select_from(TrustedDevice)
        .join(Factor, Factor.id == TrustedDevice.factor_id)
        .outerjoin(Challenge, asked)
        .outerjoin(SignInSession, by)
        .where(
            TrustedDevice.handle == bindparam("wanted"),
            # After a change of factors elsewhere a device shows no prompts until a code is proved in it again.
            DEVICE_IS_IN_USE,
        )
        .order_by(Challenge.id)
    )


_OF_BROWSER = _of_device(*_DEVICE, *_CHALLENGE, *_ASKING)
# The poll reads only what it compares, since every page of a trusted device polls every few seconds.
_POLL_KEYS = _of_device(
    TrustedDevice.token_hash, TrustedDevice.previous_hash, SignInSession.id, Challenge.public_id, Challenge.factor_id
)
_ALLOW = (
    update(Challenge)
    .where(Challenge.id == bindparam("challenge"), Challenge.ended_at.is_(None), Challenge.factor_id.is_(None))
    .values(factor_id=bindparam("device"))
)
# A thief may cancel the sign-in in the moment in which the owner denies it. So a prompt that was shown can be denied
# until the sign-in is proved.
_UNPROVED = or_(
    Challenge.ended_at.is_(None),
    and_(Challenge.purpose == SIGN_IN, SignInSession.stage == "password"),
    and_(Challenge.purpose == STEP_UP, or_(SignInSession.step_up_until.is_(None), SignInSession.step_up_until <= NOW)),
)
_DENIABLE = _of_device(
    *_CHALLENGE,
    *_ASKING,
    asked=and_(_SHOWN, Challenge.public_id == bindparam("shown")),
    by=and_(_ELSEWHERE, _UNPROVED),
)
_DENY = (
    update(Challenge)
    .where(
        Challenge.id == bindparam("challenge"),
        or_(Challenge.ended_at.is_(None), Challenge.outcome.in_(("cancelled", "replaced"))),
    )
    .values(outcome="denied", ended_at=func.coalesce(Challenge.ended_at, NOW))
)


def poll_keys(work: Work, cookies: Sequence[str]) -> list[str] | None:
    """Return the poll keys of the prompts that a browser has to show; None when it is no trusted device."""
    found: list[str] | None = None
    for handle, hashed in trusted_devices.hashed(cookies).items():
        for newest, before, session_id, public_id, factor_id in work.execute(_POLL_KEYS, _values(work, handle)):
            if not trusted_devices.is_one_of(hashed, newest, before):
                break
            found = found or []
            if session_id is not None:
                found.append(_poll_key(public_id, allowed=factor_id is not None))
    return found


def of_browser(work: Work, cookies: Sequence[str]) -> list[DevicePrompts]:
    """Return the trusted devices that a browser is by its cookies, each with its prompts."""
    found = []
    for handle, hashed in trusted_devices.hashed(cookies).items():
        here = _read(work, handle)
        if here and trusted_devices.is_one_of(hashed, here.device.token_hash, here.device.previous_hash):
            found.append(here)
    return found


def _read(work: Work, handle: str) -> DevicePrompts | None:
    found: DevicePrompts | None = None
    for row in work.execute(_OF_BROWSER, _values(work, handle)):
        found = found or DevicePrompts(DeviceView(*row[: len(_DEVICE)]), [])
        session_id, known_browser, browser, address, started_at = row[-len(_ASKING) :]
        if session_id is not None:
            challenge = ChallengeView(*row[len(_DEVICE) : -len(_ASKING)])
            code = one_time_code.derive(challenge, work.keys) if challenge.factor_id is not None else ""
            found.prompts.append(Prompt(challenge, session_id, known_browser, browser, address, started_at, code))
    return found


def _values(work: Work, handle: str) -> dict[str, Any]:
    return {"wanted": handle, "now": work.now}


def allow(work: Work, device: DeviceView, public_id: str) -> None:
    """Let this device show the code. Raises PromptGone."""
    prompt = _find(work, device, public_id)
    if prompt.code:  # allowed before: a second click
        return
    if not work.changed(_ALLOW, {"challenge": prompt.challenge.id, "device": device.id}):
        raise PromptGone
    denials.forget(work, device.account_id, prompt.known_browser)
    _note(work, device, "prompt_allowed", prompt)


def deny(work: Work, device: DeviceView, public_id: str) -> None:
    """End the sign-in that asks, also one that was cancelled meanwhile. Raises PromptGone."""
    row = work.execute(_DENIABLE, _values(work, device.handle) | {"shown": public_id}).one_or_none()
    if row is None or row[len(_CHALLENGE)] is None:
        raise PromptGone
    prompt = Prompt(ChallengeView(*row[: len(_CHALLENGE)]), *row[len(_CHALLENGE) :])
    if not work.changed(_DENY, {"challenge": prompt.challenge.id, "now": work.now}):
        raise PromptGone
    endings.DENIED.end(work, session=prompt.session_id)
    _note(work, device, "prompt_denied", prompt)
    denials.count(work, device.account_id, prompt.known_browser)


def _note(work: Work, device: DeviceView, event: str, prompt: Prompt) -> None:
    """Write a journal entry that also names who asked: its own browser and address are those of the device."""
    asking = {"purpose": prompt.challenge.purpose, "browser": prompt.browser, "address": prompt.address}
    journal.write(work, device.account_id, event, label=device.label, **asking)


def _find(work: Work, device: DeviceView, public_id: str) -> Prompt:
    here = _read(work, device.handle)
    for prompt in here.prompts if here else []:
        if prompt.challenge.public_id == public_id:
            return prompt
    raise PromptGone
