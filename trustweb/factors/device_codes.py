"""*Get a Verification Code*: a trusted device shows a code of its own, where neither a prompt nor a phone helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, bindparam, exists, or_, select, update

from trustweb import one_time_code
from trustweb.codes.challenges import SIGN_IN, STEP_UP
from trustweb.models import NOW, Account, Challenge, DeviceView, SignInSession, TrustedDevice
from trustweb.work import Work

_ASKED = (
    exists()
    .where(
        Challenge.session_id == SignInSession.id,
        Challenge.purpose.in_((SIGN_IN, STEP_UP)),
        Challenge.ended_at.is_(None),
        Challenge.expires_at > NOW,
    )
    .correlate(SignInSession)
)
_AT_THE_CODE_STEP = (
    exists()
    .where(
        SignInSession.account_id == TrustedDevice.account_id,
        SignInSession.browser_hash == TrustedDevice.browser_hash,
        SignInSession.ended_at.is_(None),
        or_(and_(SignInSession.stage == "password", SignInSession.stage_since > bindparam("since")), _ASKED),
    )
    .correlate(TrustedDevice)
)
_LOOK = (
    select(TrustedDevice.factor_id, TrustedDevice.shows_until, TrustedDevice.last_step, Account.name, _AT_THE_CODE_STEP)
    .join(Account, Account.id == TrustedDevice.account_id)
    .where(TrustedDevice.factor_id.in_(bindparam("devices", expanding=True)))
    .order_by(TrustedDevice.factor_id)
)
_ASK = (
    update(TrustedDevice).where(TrustedDevice.factor_id == bindparam("device")).values(shows_until=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A trusted device's own code, or the reason why it shows none."""

    device: DeviceView
    account: str
    """The account's name, since several accounts may trust one browser."""
    asks_itself: bool
    """True when this browser asks for a code of the account itself: showing one here would prove nothing."""
    code: str = ""
    """Set for some minutes after somebody has asked for it on this device."""
    next_at: datetime | None = None


def ask(work: Work, device: DeviceView) -> None:
    """Let a device show codes for some minutes (TRUSTWEB_DEVICE_CODE_LIFE)."""
    until = work.now + timedelta(seconds=work.config.device_code_life)
    work.execute(_ASK, {"device": device.id, "until": until})


def look(work: Work, devices: Sequence[DeviceView]) -> list[DeviceCode]:
    """Return the codes that these devices show; all of them are the same browser."""
    mine = {each.id: each for each in devices}
    since = work.now - timedelta(seconds=work.config.password_stage)
    found = work.execute(_LOOK, {"devices": list(mine), "since": since, "now": work.now})
    return [_shown(work, mine[device], *rest) for device, *rest in found]


def _shown(
    work: Work, device: DeviceView, until: datetime | None, last_step: int, account: str, asks_itself: bool
) -> DeviceCode:
    if until is None or until <= work.now or asks_itself:
        return DeviceCode(device, account, asks_itself)
    step = max(one_time_code.step_at(work.now), last_step + 1)  # never a code that was used before
    code = one_time_code.at_step(one_time_code.secret_of_device(device.handle, work.keys), step)
    return DeviceCode(device, account, asks_itself, code, datetime.fromtimestamp((step + 1) * one_time_code.STEP, UTC))
