"""Trusted devices: browsers that show codes, and whose cookie stands in for one."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, insert, select, update

from trustweb import factors, journal, notices
from trustweb.accounts import token_hash
from trustweb.codes import challenges
from trustweb.database import Refused, Work
from trustweb.factors import enrolled
from trustweb.models import NOW, DeviceView, Factor, SessionView, SignInSession, TrustedDevice, columns

MAX_LABEL = 64


class TooManyDevices(Refused):
    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


# Built once: putting a statement together takes longer than executing it.
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
_ADD_FACTOR, _ADD = insert(Factor), insert(TrustedDevice)
_FACTOR = update(Factor).where(Factor.id == bindparam("device"))
_PROVED = _FACTOR.where(Factor.disabled_at.is_not(None)).values(disabled_at=None, fails_in_row=0)
_RENAME = _FACTOR.values(label=bindparam("new_label"))
_REMOVE = _FACTOR.where(Factor.removed_at.is_(None)).values(removed_at=NOW)
_END_SESSIONS = (
    update(SignInSession)
    .where(
        SignInSession.account_id == bindparam("account"),
        SignInSession.browser_hash == bindparam("browser"),
        SignInSession.id != bindparam("but"),
        SignInSession.ended_at.is_(None),
    )
    .values(ended_at=NOW, kept_act=None)
)


@dataclass(frozen=True, slots=True)
class Presented:
    """A device whose cookie a browser has."""

    device: DeviceView
    newest: bool
    """False: the value before the newest one; the answer that brought the newest was lost, or is on its way."""


def presented(work: Work, cookies: Sequence[str]) -> list[Presented]:
    """The devices that a browser is; several when several people use it."""
    if not (hashes := hashed(cookies)):
        return []
    found = [DeviceView(*row) for row in work.execute(_PRESENTED, {"handles": list(hashes), "now": work.now})]
    newest = [each for each in found if hmac.compare_digest(each.token_hash, hashes[each.handle])]
    before = [each for each in found if hmac.compare_digest(each.previous_hash or "", hashes[each.handle])]
    return [Presented(each, True) for each in newest] + [Presented(each, False) for each in before]


def hashed(cookies: Sequence[str]) -> dict[str, str]:
    """What finds the cookies' devices: the hash of each token by its handle."""
    return {handle: token_hash(token) for handle, _, token in (each.partition(".") for each in cookies)}


def is_one_of(hashed_token: str, newest: str, before: str | None) -> bool:
    """Whether a token is a device's newest, or the one before."""
    return hmac.compare_digest(newest, hashed_token) or hmac.compare_digest(before or "", hashed_token)


def this_browser(work: Work, account_id: int, cookies: Sequence[str]) -> Presented | None:
    """The device of this account that a browser is."""
    return next((each for each in presented(work, cookies) if each.device.account_id == account_id), None)


def trust(work: Work, session: SessionView, label: str) -> str:
    """Trust the browser of this session and return its cookie.

    Raises FreshProofNeeded, TooManyDevices, or NotFound while two-factor is off: a password alone makes no factor.
    """
    factors.require_fresh_proof(session, work.now)
    if not factors.is_two_factor_on(work, session.account_id):
        raise factors.NotFound
    devices = enrolled.of(work, session.account_id).devices
    for each in devices:
        if each.browser_hash == session.browser_hash:
            return renew(work, each, newest=True)
    if len(devices) >= work.config.max_devices:
        raise TooManyDevices(work.config.max_devices)
    added = {"added_at": work.now, "trusted_from": work.now + timedelta(seconds=work.config.trust_age)}
    named = {"account_id": session.account_id, "kind": enrolled.DEVICE, "label": label[:MAX_LABEL]}
    factor_id = work.insert(_ADD_FACTOR, named | added | {"last_proved_at": work.now})
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
    notices.tell(work, session.account_id, "device_trusted", {"label": label[:MAX_LABEL]})
    return f"{handle}.{token}"


def renew(work: Work, device: DeviceView, *, newest: bool) -> str:
    """Note that the device was used to sign in, or proved by a code in it, and return its cookie with a new value.

    An answer may be lost, and a double click gets two: the value before stays good until the newest one is
    presented, and whoever presents it is given the newest one again.
    """
    turns, token = device.turns, _token(work, device.handle, device.turns)
    # A key ring that has changed since cannot make the newest value again.
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
    """Raises FreshProofNeeded or NotFound. An empty name leaves the one that it had."""
    factors.require_fresh_proof(session, work.now)
    device = factors.find(enrolled.of(work, session.account_id).devices, public_id)
    label = label.strip()[:MAX_LABEL]
    if label in {"", device.label}:
        return
    work.execute(_RENAME, {"device": device.id, "new_label": label})
    journal.write(work, session.account_id, "device_renamed", label=label, before=device.label)


def check_removal(work: Work, session: SessionView, public_id: str) -> DeviceView:
    """Whether the device may go now. Raises NotFound, Frozen or RemovalTooEarly."""
    mine = enrolled.of(work, session.account_id)
    device = factors.find(mine.devices, public_id)
    factors.require_removable(work, session, device, mine.everything, one_stays=False)
    return device


def remove(work: Work, session: SessionView, public_id: str) -> DeviceView:
    """Remove a device: its cookie, its prompts and its sessions are dead at once.

    Raises FreshProofNeeded, NotFound, Frozen or RemovalTooEarly.
    """
    factors.require_fresh_proof(session, work.now)
    device = check_removal(work, session, public_id)
    if not work.changed(_REMOVE, {"device": device.id, "now": work.now}):
        raise factors.NotFound
    challenges.end_of_factor(work, device.id)
    factors.doubt_devices(work, session)
    ending = {"account": session.account_id, "browser": device.browser_hash, "but": session.id, "now": work.now}
    work.execute(_END_SESSIONS, ending)
    notices.tell(work, session.account_id, "device_removed", {"label": device.label})
    return device


def remove_all(work: Work, account_id: int) -> None:
    """A new password ends all trust in browsers."""
    for each in enrolled.of(work, account_id).devices:
        work.execute(_REMOVE, {"device": each.id, "now": work.now})
        challenges.end_of_factor(work, each.id)
