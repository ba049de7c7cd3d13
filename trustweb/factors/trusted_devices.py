"""Trusted devices: browsers that show codes, and whose cookie replaces a code at sign-in."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, insert, select, update

from trustweb import endings, factors, notices
from trustweb.accounts import token_hash
from trustweb.codes import challenges
from trustweb.factors import enrolled, enrolment
from trustweb.models import NOW, TRUSTED_DEVICE, DeviceView, Factor, SessionView, TrustedDevice, columns
from trustweb.work import Work


class TooManyDevices(enrolment.TooMany):
    pass


_ENROLMENT = enrolment.Enrolment(
    view=DeviceView,
    most=lambda config: config.max_devices,
    too_many=TooManyDevices,
)
find, check_removal = _ENROLMENT.find, _ENROLMENT.check_removal


# Built once: building a statement takes longer than executing it.
_PRESENTED = (
    select(*columns(DeviceView, Factor, TrustedDevice))
    .join(TrustedDevice, TrustedDevice.factor_id == Factor.id)
    .where(
        TrustedDevice.handle.in_(bindparam("handles", expanding=True)),
        Factor.removed_at.is_(None),
        TrustedDevice.expires_at > NOW,
    )
)
_THIS = update(TrustedDevice).where(TrustedDevice.factor_id == bindparam("device"))
_RENEW = _THIS.values(
    skips_code=True,
    expires_at=bindparam("until"),
    seen_at=NOW,
    address=bindparam("from_where"),
    turns=bindparam("count"),
    token_hash=bindparam("new"),
    previous_hash=bindparam("before"),
)
_ADD = insert(TrustedDevice)
_PROVED = (
    update(Factor)
    .where(Factor.id == bindparam("device"), Factor.disabled_at.is_not(None))
    .values(disabled_at=None, fails_in_row=0)
)


@dataclass(frozen=True, slots=True)
class Presented:
    """A device whose cookie a browser has presented."""

    device: DeviceView
    newest: bool
    """False for the value before the newest one: the answer with the newest was lost, or is still on its way."""


def presented(work: Work, cookies: Sequence[str]) -> list[Presented]:
    """Return the devices that a browser is by its cookies; several when several accounts trust it."""
    if not (hashes := hashed(cookies)):
        return []
    found = [DeviceView(*row) for row in work.execute(_PRESENTED, {"handles": list(hashes), "now": work.now})]
    newest = [each for each in found if hmac.compare_digest(each.token_hash, hashes[each.handle])]
    before = [each for each in found if hmac.compare_digest(each.previous_hash or "", hashes[each.handle])]
    return [Presented(each, True) for each in newest] + [Presented(each, False) for each in before]


def hashed(cookies: Sequence[str]) -> dict[str, str]:
    """Return the hash of each cookie's token by its handle."""
    return {handle: token_hash(token) for handle, _, token in (each.partition(".") for each in cookies)}


def is_one_of(hashed_token: str, newest: str, before: str | None) -> bool:
    """Return True if a token is a device's newest or the one before."""
    return hmac.compare_digest(newest, hashed_token) or hmac.compare_digest(before or "", hashed_token)


def this_browser(work: Work, account_id: int, cookies: Sequence[str]) -> Presented | None:
    """Return the device of this account that a browser is by its cookies, or None."""
    return next((each for each in presented(work, cookies) if each.device.account_id == account_id), None)


def trust(work: Work, session: SessionView, label: str) -> str:
    """Trust the browser of this session and return its cookie.

    Raises FreshProofNeeded, TooManyDevices, or NotFound while two-factor is off: a password alone makes no factor.
    """
    factors.require_fresh_proof(session, work.now)
    if not factors.is_two_factor_on(work, session.account_id):
        raise factors.NotFound
    for each in enrolled.of(work, session.account_id).devices:
        if each.browser_hash == session.browser_hash:
            return renew(work, each, newest=True)
    _ENROLMENT.check_room(work, session.account_id)
    label = enrolment.shorten(label)
    factor_id = work.insert(enrolment.ADD, factors.new_row(work, session, TRUSTED_DEVICE, label))
    handle = secrets.token_urlsafe(9)
    token = _token(work, handle, 0)
    row = {
        "factor_id": factor_id,
        "account_id": session.account_id,
        "handle": handle,
        "token_hash": token_hash(token),
        "browser_hash": session.browser_hash or "",
        "skips_code": True,
        "expires_at": work.now + timedelta(seconds=work.config.device_life),
        "seen_at": work.now,
        "address": work.origin.address,
    }
    work.execute(_ADD, row)
    notices.tell(work, session.account_id, "device_trusted", {"label": label})
    return f"{handle}.{token}"


def renew(work: Work, device: DeviceView, *, newest: bool) -> str:
    """Extend a device's trust after it was used to sign in or proved by a code, and return its cookie's new value.

    An answer may be lost, and a double click gets two. So the previous value stays valid until the newest one is
    presented, and whoever presents the previous value gets the newest one again.
    """
    turns, token = device.turns, _token(work, device.handle, device.turns)
    # The newest value cannot be derived again when the key ring has changed since.
    if newest or token_hash(token) != device.token_hash:
        turns, token = turns + 1, _token(work, device.handle, turns + 1)
    renewed = {
        "device": device.id,
        "now": work.now,
        "until": work.now + timedelta(seconds=work.config.device_life),
        "from_where": work.origin.address,
        "count": turns,
        "new": token_hash(token),
        "before": device.token_hash if newest else device.previous_hash,
    }
    work.execute(_RENEW, renewed)
    if device.disabled_at is not None:
        work.execute(_PROVED, {"device": device.id})
    return f"{device.handle}.{token}"


def _token(work: Work, handle: str, turns: int) -> str:
    return work.keys.token("device", f"{handle} {turns}")


def rename(work: Work, session: SessionView, public_id: str, label: str) -> None:
    """Store another name for a device; an empty one keeps the old. Raises FreshProofNeeded or NotFound."""
    device = _ENROLMENT.find(work, session.account_id, public_id)
    _ENROLMENT.rename(work, session, public_id, label.strip() or device.label)


def remove(work: Work, session: SessionView, public_id: str) -> DeviceView:
    """Remove a device, and end its cookie, its prompts and its sessions at once.

    Raises FreshProofNeeded, NotFound, Frozen or RemovalTooEarly.
    """
    device = _ENROLMENT.remove(work, session, public_id)
    endings.OF_BROWSER.end(work, account=session.account_id, browser=device.browser_hash, keep=session.id)
    return device


def remove_all(work: Work, account_id: int) -> None:
    """Remove all devices of an account, as after a new password."""
    for each in enrolled.of(work, account_id).devices:
        work.execute(enrolment.REMOVE, {"factor": each.id, "now": work.now})
        challenges.end_of_factor(work, each.id)
