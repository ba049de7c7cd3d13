"""The lock-out check behind *What if I lose…?*: ``verdict`` says what still works after a loss, as a pure function.

Sign-in and recovery apply the same rules in their own modules; a test compares both on random accounts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trustweb.authentication import proofs
from trustweb.factors.enrolled import Enrolled
from trustweb.models import MAIL_ADDRESS, PASSKEY, RECOVERY_KEY, TRUSTED_DEVICE, FactorView, ServiceView
from trustweb.recovery.kinds import KINDS

PASSWORD = "password"  # noqa: S105 - the kind of a Thing, since a password can be lost too
IN, RESET, WAIT, OPERATOR = "in", "reset", "wait", "operator"
_ORDER = (OPERATOR, WAIT, RESET, IN)
"""The outcomes, from the worst to the best."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A factor, or the password, as something that a person can lose."""

    id: str
    kind: str
    alone: bool = False
    """True for a passkey that asks for a finger, a face or a PIN, and so signs in without the password."""
    new: bool = False
    """True for a mailbox or a recovery key that cannot reset the password yet."""
    kept_on: str = ""
    """The owner's name for the device that it is lost with; "" when it is lost alone."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of the site and the account on which a verdict depends."""

    two_factor: bool = True
    mail: bool = True
    """True when the site can send a link to a mailbox."""
    own_password: bool = True
    """False when the password was set by a link to the mailbox, so that the two are one proof."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of the check: the best way that is left into the account."""

    outcome: str
    """in (the person signs in), reset (with a new password, at once), wait (account recovery) or operator."""
    ways: tuple[Thing, ...] = ()
    """The things that sign in, with the password or alone; after a reset, with the new password."""
    by: Thing | None = None
    """The thing that resets the password."""

    def is_better_than(self, other: Verdict) -> bool:
        return _ORDER.index(self.outcome) > _ORDER.index(other.outcome)


def is_new(factor: FactorView, mine: Enrolled, now: datetime) -> bool:
    """Return True if a mailbox or recovery key cannot reset the password yet: in its first day, beside older factors.

    Otherwise somebody who finds an unlocked computer could add their own address or key, and shut the owner out.
    """
    return factor.trusted_from > now and any(each.trusted_from <= now for each in mine.sign_in_factors)


def things_of(mine: Enrolled, methods: Collection[str], now: datetime) -> list[Thing]:
    """Return the things that an account has and can use. ``methods``: the ways in which this site sends codes."""
    found = [Thing(PASSWORD, PASSWORD)]
    for each in sorted(mine.factors, key=lambda factor: KINDS[factor.kind].second_factor):  # as the page has it
        kind = KINDS[each.kind]
        if not each.is_usable or not kind.reachable(each, methods):
            continue
        new = kind.renews_password and is_new(each, mine, now)
        # An account has one mailbox, whose id in URLs is therefore its kind.
        name = MAIL_ADDRESS if each.kind == MAIL_ADDRESS else each.public_id
        found.append(Thing(name, each.kind, alone=kind.alone(each), new=new, kept_on=each.kept_on))
    return found


def verdict(things: Collection[Thing], lost: Collection[str], rules: Rules) -> Verdict:
    """Return what still works without the things in ``lost``, their ids.

    ``lost`` already holds everything that is lost together; see ``with_shared_devices``.
    """
    left = [each for each in things if each.id not in lost]
    second = [each for each in left if each.kind != PASSWORD and KINDS[each.kind].second_factor]
    password = any(each.kind == PASSWORD for each in left)
    if password and (second or not rules.two_factor):
        return Verdict(IN, tuple(second))
    if alone := [each for each in left if each.alone]:
        return Verdict(IN, tuple(alone))
    mailbox = next((each for each in left if each.kind == MAIL_ADDRESS and rules.mail), None)
    if not password:
        return _with_new_password(left, second, mailbox, rules)
    # By setting a recovery key, its owner has chosen that nobody gets in by waiting, even if the key is lost.
    waits = rules.own_password and not any(each.kind == RECOVERY_KEY for each in things)
    return Verdict(WAIT) if mailbox and waits else Verdict(OPERATOR)


def _with_new_password(left: Iterable[Thing], second: Iterable[Thing], mailbox: Thing | None, rules: Rules) -> Verdict:
    """Return the verdict when the password is lost: the best way to reset it.

    A new password ends the trust in browsers, and uses up the recovery key that set it.
    """
    stays = [each for each in second if not KINDS[each.kind].ended_by_new_password]
    if mailbox and not mailbox.new and (stays or not rules.two_factor):
        return Verdict(RESET, tuple(stays), mailbox)
    key = next((each for each in left if each.kind == RECOVERY_KEY and not each.new), None)
    others = [each for each in stays if each is not key]
    if key and (others or not rules.two_factor):
        return Verdict(RESET, tuple(others), key)
    return Verdict(OPERATOR)


def opens(verdict: Verdict, needs: str, within: int | None) -> bool:
    """Return True if the ways that are left are enough for a service, which has a policy.

    ``needs``: the proof that it wants; ``within``: not None when it wants a real one, lately. A browser that is trusted
    gives none by itself; it shows a code to another one, and so two of them do.
    """
    if verdict.outcome not in (IN, RESET):
        return False
    if needs == proofs.PASSKEY:
        return any(each.alone for each in verdict.ways)
    if needs == proofs.PASSWORD:
        return True
    devices = [each for each in verdict.ways if each.kind == TRUSTED_DEVICE]
    return len(verdict.ways) > (1 if within is not None and len(devices) == 1 else 0)


def after(
    services: Iterable[ServiceView], before: Verdict, now: Verdict
) -> tuple[list[ServiceView], list[ServiceView]]:
    """Return the services that a loss leaves open, and those that it shuts, of those that were open before it."""
    open_before = [each for each in services if opens(before, each.needs, each.within)]
    still = [each for each in open_before if opens(now, each.needs, each.within)]
    return still, [each for each in open_before if each not in still]


def with_shared_devices(things: Collection[Thing], ids: Collection[str]) -> frozenset[str]:
    """Return these ids and those of all things that are kept on the same devices, and so lost with them."""
    devices = {each.kept_on for each in things if each.id in ids and each.kept_on}
    return frozenset(ids) | {each.id for each in things if each.kept_on in devices}


def loss_groups(things: Sequence[Thing]) -> list[tuple[str, list[Thing]]]:
    """Return the things that are lost at once: by device, each with its name, then every other thing with ""."""
    devices: dict[str, list[Thing]] = {}
    for each in things:
        devices.setdefault(each.kept_on, []).append(each)
    alone = [("", [each]) for each in devices.pop("", [])]
    return [*devices.items(), *alone]


def single_losses(things: Collection[Thing], rules: Rules) -> dict[str, Verdict]:
    """Return for each thing, by its id, what still works when it is lost with everything on the same device."""
    return {each.id: verdict(things, with_shared_devices(things, [each.id]), rules) for each in things}


_ADVISABLE = sorted((name for name, kind in KINDS.items() if kind.effort), key=lambda name: KINDS[name].effort)
"""The kinds that may be advised, the one with the least effort first."""


def advice(things: Sequence[Thing], lost: Collection[str], rules: Rules) -> str | None:
    """Return the kind with the least effort that would make this loss harmless.

    None when the loss locks nobody out, or when adding one factor does not help.
    """
    now = verdict(things, lost, rules)
    if now.outcome in (IN, RESET):
        return None
    for kind in _ADVISABLE:
        if kind == MAIL_ADDRESS and (not rules.mail or any(each.kind == MAIL_ADDRESS for each in things)):
            continue
        added = Thing("new", kind, alone=kind == PASSKEY)
        if verdict([*things, added], lost, rules).outcome in (IN, RESET):
            return kind
    return None
