"""What if I lose…? What would still work without some of the things that a person has: one pure function.

Signing in and recovering obey the same rules, in their own places; a test drives random accounts through both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trustweb.factors.enrolled import Enrolled
from trustweb.models import MAIL_ADDRESS, PASSKEY, RECOVERY_KEY, FactorView
from trustweb.recovery.kinds import KINDS

PASSWORD = "password"  # noqa: S105 - what a person knows is a thing to lose, too
IN, RESET, WAIT, OPERATOR = "in", "reset", "wait", "operator"
_ORDER = (OPERATOR, WAIT, RESET, IN)
"""From the worst to the best."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a person can lose, and that shows that it is them."""

    id: str
    kind: str
    alone: bool = False
    """A passkey that asks for a finger, a face or a PIN: it signs in without the password."""
    new: bool = False
    """A mailbox or a recovery key that brings no new password yet."""
    kept_on: str = ""
    """The device that it is lost with, as its owner calls that; empty: it is lost alone."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What besides a person's things decides."""

    two_factor: bool = True
    mail: bool = True
    """Whether the site can send a link to a mailbox."""
    own_password: bool = True
    """False: the password was set by a link to the mailbox, so the two are one proof."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome``: in (signs in), reset (with a new password, at once), wait (account recovery) or operator."""

    outcome: str
    ways: tuple[Thing, ...] = ()
    """What signs in, with the password or alone; after a reset, with the new password."""
    by: Thing | None = None
    """What resets the password."""

    def is_better_than(self, other: Verdict) -> bool:
        return _ORDER.index(self.outcome) > _ORDER.index(other.outcome)


def is_new(factor: FactorView, mine: Enrolled, now: datetime) -> bool:
    """Whether it came less than a day ago, to an account that has older things, and so brings no new password yet. Else
    whoever finds a computer unlocked would add an address or a key of their own, and shut its owner out."""
    return factor.trusted_from > now and any(each.trusted_from <= now for each in mine.sign_in_factors)


def things_of(mine: Enrolled, methods: Collection[str], now: datetime) -> list[Thing]:
    """Return what an account has and can use. ``methods``: how a code may reach a phone here."""
    found = [Thing(PASSWORD, PASSWORD)]
    for each in sorted(mine.factors, key=lambda factor: KINDS[factor.kind].second):  # as the page has it
        kind = KINDS[each.kind]
        if not each.is_usable or not kind.reachable(each, methods):
            continue
        new = kind.renews_password and is_new(each, mine, now)
        # An account has one mailbox, which people may name to the page as such.
        name = MAIL_ADDRESS if each.kind == MAIL_ADDRESS else each.public_id
        found.append(Thing(name, each.kind, alone=kind.alone(each), new=new, kept_on=each.kept_on))
    return found


def verdict(things: Collection[Thing], lost: Collection[str], rules: Rules) -> Verdict:
    """What still works without what is lost, by id. A thing that is kept on a lost device is lost with it."""
    left = [each for each in things if each.id not in lost]
    second = [each for each in left if each.kind != PASSWORD and KINDS[each.kind].second]
    password = any(each.kind == PASSWORD for each in left)
    if password and (second or not rules.two_factor):
        return Verdict(IN, tuple(second))
    if alone := [each for each in left if each.alone]:
        return Verdict(IN, tuple(alone))
    mailbox = next((each for each in left if each.kind == MAIL_ADDRESS and rules.mail), None)
    if not password:
        return _with_new_password(left, second, mailbox, rules)
    # Whoever has set a recovery key has chosen that nobody gets in by waiting, also not when the key is lost.
    waits = rules.own_password and not any(each.kind == RECOVERY_KEY for each in things)
    return Verdict(WAIT) if mailbox and waits else Verdict(OPERATOR)


def _with_new_password(left: Iterable[Thing], second: Iterable[Thing], mailbox: Thing | None, rules: Rules) -> Verdict:
    """A new password ends the trust in browsers; and the recovery key that set it is used up."""
    stays = [each for each in second if not KINDS[each.kind].ended_by_new_password]
    if mailbox and not mailbox.new and (stays or not rules.two_factor):
        return Verdict(RESET, tuple(stays), mailbox)
    key = next((each for each in left if each.kind == RECOVERY_KEY and not each.new), None)
    others = [each for each in stays if each is not key]
    if key and (others or not rules.two_factor):
        return Verdict(RESET, tuple(others), key)
    return Verdict(OPERATOR)


def together(things: Collection[Thing], ids: Collection[str]) -> frozenset[str]:
    """What is lost with these: all that is kept on the same devices."""
    devices = {each.kept_on for each in things if each.id in ids and each.kept_on}
    return frozenset(ids) | {each.id for each in things if each.kept_on in devices}


def units(things: Sequence[Thing]) -> list[tuple[str, list[Thing]]]:
    """What may be lost at once, with the device's name where it has one: the devices, then each thing of its own."""
    devices: dict[str, list[Thing]] = {}
    for each in things:
        devices.setdefault(each.kept_on, []).append(each)
    alone = [("", [each]) for each in devices.pop("", [])]
    return [*devices.items(), *alone]


def single_losses(things: Collection[Thing], rules: Rules) -> dict[str, Verdict]:
    """By id: what still works when this one is lost, with all that is lost with it."""
    return {each.id: verdict(things, together(things, [each.id]), rules) for each in things}


_MENDS = sorted((name for name, kind in KINDS.items() if kind.effort), key=lambda name: KINDS[name].effort)
"""What could be added, the cheapest first."""


def advice(things: Sequence[Thing], lost: Collection[str], rules: Rules) -> str | None:
    """The kind of the one cheapest thing to add so that this loss locks nobody out; None: there is nothing to mend."""
    now = verdict(things, lost, rules)
    if now.outcome in (IN, RESET):
        return None
    for kind in _MENDS:
        if kind == MAIL_ADDRESS and (not rules.mail or any(each.kind == MAIL_ADDRESS for each in things)):
            continue
        added = Thing("new", kind, alone=kind == PASSKEY)
        if verdict([*things, added], lost, rules).outcome in (IN, RESET):
            return kind
    return None
