"""Sign-ins that wait on the trusted devices: shown there, allowed or denied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from trustweb import one_time_code
from trustweb.codes import challenges
from trustweb.codes.challenges import DEVICE
from trustweb.database import Refused, Work
from trustweb.factors.trusted_devices import Device
from trustweb.models import NOW, Challenge, ChallengeView, SignInSession, columns


class PromptGone(Refused):
    """The sign-in is over: the code was typed, is too old, or another device answered."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sign-in, as a device shows it."""

    challenge: ChallengeView
    session_id: int
    browser: str
    address: str
    started_at: datetime
    code: str = ""
    """Only after this device has allowed it."""


_WAITING = (
    select(
        *columns(ChallengeView, Challenge),
        SignInSession.id,
        SignInSession.browser_name,
        SignInSession.address,
        Challenge.started_at,
    )
    .join(SignInSession, SignInSession.id == Challenge.session_id)
    .where(
        Challenge.account_id == bindparam("account"),
        Challenge.method == DEVICE,
        Challenge.ended_at.is_(None),
        Challenge.expires_at > NOW,
        or_(Challenge.factor_id.is_(None), Challenge.factor_id == bindparam("device")),
        SignInSession.ended_at.is_(None),
        # No device shows a code that was asked for in the same browser.
        or_(SignInSession.browser_hash.is_(None), SignInSession.browser_hash != bindparam("browser")),
    )
    .order_by(Challenge.id)
)
_WIDTH = len(columns(ChallengeView, Challenge))
_ALLOW = (
    update(Challenge)
    .where(Challenge.id == bindparam("challenge"), Challenge.ended_at.is_(None), Challenge.factor_id.is_(None))
    .values(factor_id=bindparam("device"))
)
_DENY = (
    update(SignInSession)
    .where(SignInSession.id == bindparam("session"), SignInSession.ended_at.is_(None))
    .values(ended_at=NOW, ended_how="denied", kept_act=None)
)


def waiting(work: Work, device: Device) -> Sequence[Prompt]:
    """What this device has to show; with the code when it has allowed it."""
    values = {"account": device.account_id, "device": device.id, "browser": device.browser_hash, "now": work.now}
    return [_prompt(work, row) for row in work.execute(_WAITING, values)]


def _prompt(work: Work, row: Sequence[Any]) -> Prompt:
    challenge = ChallengeView(*row[:_WIDTH])
    code = one_time_code.derive(challenge, work.keys) if challenge.factor_id is not None else ""
    session_id, browser, address, started_at = row[_WIDTH:]
    return Prompt(challenge, session_id, browser, address, started_at, code)


def allow(work: Work, device: Device, public_id: str) -> None:
    """Let this device show the code. Raises PromptGone."""
    prompt = _find(work, device, public_id)
    if not prompt.code and not work.changed(_ALLOW, {"challenge": prompt.challenge.id, "device": device.id}):
        raise PromptGone


def deny(work: Work, device: Device, public_id: str) -> None:
    """End the sign-in that asks. Raises PromptGone."""
    prompt = _find(work, device, public_id)
    challenges.end(work, prompt.challenge, "denied")
    work.execute(_DENY, {"session": prompt.session_id, "now": work.now})


def _find(work: Work, device: Device, public_id: str) -> Prompt:
    for each in waiting(work, device):
        if each.challenge.public_id == public_id:
            return each
    raise PromptGone
