"""Trusted phone numbers: added by proving them, changed, removed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from trustweb import factors, journal, notices
from trustweb.codes import challenges, limits, sending
from trustweb.codes.challenges import ADD_NUMBER, Destination
from trustweb.database import Refused, Work
from trustweb.factors import countries, enrolled
from trustweb.models import NOW, Factor, NumberView, SessionView, TrustedNumber, columns
from trustweb.phone_numbers import RISKY_LINES, NumberRefused, PhoneNumber, mask

MAX_LABEL = 64
_DIGITS = 4
"""So many digits in a label are no phone number."""


_REMOVE = update(Factor).where(Factor.id == bindparam("factor"), Factor.removed_at.is_(None)).values(removed_at=NOW)
_REMOVE_NUMBER = update(TrustedNumber).where(TrustedNumber.factor_id == bindparam("factor")).values(removed_at=NOW)
_RESTORE = (
    update(Factor).where(Factor.id == bindparam("factor"), Factor.removed_at.is_not(None)).values(removed_at=None)
)
_RESTORE_NUMBER = update(TrustedNumber).where(TrustedNumber.factor_id == bindparam("factor")).values(removed_at=None)


@dataclass(frozen=True, slots=True)
class Resting(NumberView):
    """A number that was removed lately."""

    removed_at: datetime


_RESTING = (
    select(*columns(Resting, Factor, TrustedNumber))
    .join(TrustedNumber, TrustedNumber.factor_id == Factor.id)
    .where(Factor.account_id == bindparam("account"), Factor.removed_at > bindparam("since"))
    .order_by(Factor.id)
)


class NumberListed(Refused):
    """This account has the number already."""


class TooManyNumbers(Refused):
    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class NumberUnusual(Refused):
    """Possible, but not in the numbering plan: asked once, then the code is the proof."""


class NumberRisky(Refused):
    """An internet number: the person is told the risk before anything is sent."""


class MethodUnfit(Refused):
    """A fixed line takes no texts."""


def destination(number: NumberView) -> Destination:
    return Destination(number.number, number.region, number.line, number.label, number.id)


def send_code(
    work: Work,
    session: SessionView,
    phone: PhoneNumber,
    *,
    label: str,
    method: str,
    accepted: frozenset[str],
    address: str,
    seen_token: str,
) -> None:
    """Send a code to a number that the account may get. ``accepted``: the warnings the person has read.

    Raises FreshProofNeeded, NumberRefused, NumberListed, TooManyNumbers, MethodUnfit, NumberUnusual,
    NumberRisky or limits.TooOften.
    """
    factors.require_fresh_proof(session, work.now)
    _check(work, session.account_id, phone, method, accepted)
    destination = Destination(phone.number, phone.region, phone.line, label.strip()[:MAX_LABEL])
    # They may have gone back to correct the number and found it right: then the code is on its way already.
    with suppress(challenges.TooSoon):
        _send(work, session, destination, method, address, seen_token)


def send_again(work: Work, session: SessionView, method: str, *, address: str, seen_token: str) -> None:
    """Send a new code to the number that is being added. Raises as ``send_code`` does, or challenges.NoCode."""
    factors.require_fresh_proof(session, work.now)
    challenge = challenges.live(work, session, ADD_NUMBER)
    if challenge is None:
        raise challenges.NoCode
    if challenge.line == "fixed" and method == "text":
        raise MethodUnfit
    destination = Destination(challenge.number, challenge.region, challenge.line, challenge.label)
    _send(work, session, destination, method, address, seen_token)


def _send(
    work: Work, session: SessionView, destination: Destination, method: str, address: str, seen_token: str
) -> None:
    before = challenges.seen(challenges.live(work, session, ADD_NUMBER))
    challenge = sending.send(work, session, ADD_NUMBER, destination, method, seen_token=seen_token)
    if challenges.seen(challenge) != before:  # a twin of a form sends nothing
        limits.hit(work, "address_sends", address, work.config.address_sends)


def _check(work: Work, account_id: int, phone: PhoneNumber, method: str, accepted: frozenset[str]) -> None:
    allowed = countries.allowed(work)
    if allowed and phone.region not in allowed:
        raise NumberRefused("country", phone.region)
    if phone.line in RISKY_LINES and work.config.voip == "block":
        raise NumberRefused(phone.line)
    numbers = enrolled.of(work, account_id).numbers
    if any(each.number == phone.number for each in numbers):
        raise NumberListed
    if len(numbers) >= work.config.max_numbers:
        raise TooManyNumbers(work.config.max_numbers)
    if method not in phone.methods:
        raise MethodUnfit
    if phone.unusual and "unusual" not in accepted:
        raise NumberUnusual
    if phone.line in RISKY_LINES and work.config.voip == "warn" and "risky" not in accepted:
        raise NumberRisky


def verify(work: Work, session: SessionView, typed: str) -> bool:
    """Add the number whose code this is; True when it turned two-factor on.

    The window for changes was open when the code was asked for, and need not be any more.
    Raises NumberListed, TooManyNumbers or what challenges.check raises.
    """
    challenge = challenges.check(work, session, ADD_NUMBER, typed)
    if len(enrolled.of(work, session.account_id).numbers) >= work.config.max_numbers:
        raise TooManyNumbers(work.config.max_numbers)
    factor = Factor(**factors.row(work, session, enrolled.NUMBER, challenge.label))
    work.db.add(factor)
    try:
        work.db.flush()
        work.db.add(
            TrustedNumber(
                factor_id=factor.id,
                account_id=session.account_id,
                number=challenge.number,
                region=challenge.region,
                line=challenge.line,
                method=challenge.method,
            )
        )
        work.db.flush()
    except IntegrityError:  # another tab was faster with the same number
        raise NumberListed from None
    factors.doubt_devices(work, session)
    added = factors.find(enrolled.of(work, session.account_id).numbers, factor.public_id)
    notices.tell(work, session.account_id, "number_added", _details(added), but=factor.id)
    return factors.turn_two_factor_on(work, session)


def change(work: Work, session: SessionView, public_id: str, *, label: str, method: str) -> None:
    """Rename a number, or choose how it gets codes. Raises FreshProofNeeded, NotFound or MethodUnfit."""
    factors.require_fresh_proof(session, work.now)
    number = factors.find(enrolled.of(work, session.account_id).numbers, public_id)
    if method not in number.methods:
        raise MethodUnfit
    label = label.strip()[:MAX_LABEL]
    if (label, method) == (number.label, number.method):
        return
    work.execute(update(Factor).where(Factor.id == number.id).values(label=label))
    work.execute(update(TrustedNumber).where(TrustedNumber.factor_id == number.id).values(method=method))
    changed = replace(number, label=label, method=method)
    journal.write(work, session.account_id, "number_changed", **_details(changed))


def check_removal(work: Work, session: SessionView, public_id: str) -> NumberView:
    """Whether the number may go now. Raises NotFound, LastFactor, Frozen or RemovalTooEarly."""
    mine = enrolled.of(work, session.account_id)
    number = factors.find(mine.numbers, public_id)
    factors.require_removable(work, session, number, mine.sign_in_factors, one_stays=True)
    return number


def remove(work: Work, session: SessionView, public_id: str) -> NumberView:
    """Remove a number at once; it rests for a while. Raises FreshProofNeeded or what check_removal raises."""
    factors.require_fresh_proof(session, work.now)
    number = check_removal(work, session, public_id)
    if not work.changed(_REMOVE, {"factor": number.id, "now": work.now}):
        raise factors.NotFound
    work.execute(_REMOVE_NUMBER, {"factor": number.id, "now": work.now})
    challenges.end_of_factor(work, number.id)
    factors.end_sessions_of(work, session, number.id)
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "number_removed", _details(number), also=number.id)
    return number


def resting(work: Work, account_id: int) -> list[Resting]:
    """The numbers that were removed lately, and may be put back."""
    since = work.now - timedelta(seconds=work.config.removed_rest)
    rows = work.execute(_RESTING, {"account": account_id, "since": since})
    return [Resting(*row) for row in rows]


def restore(work: Work, session: SessionView, public_id: str) -> None:
    """Put a removed number back as it was.

    Raises FreshProofNeeded, NotFound, RestoringTooYoung, NumberListed or TooManyNumbers.
    """
    factors.require_fresh_proof(session, work.now)
    number = factors.find(resting(work, session.account_id), public_id)
    factors.require_older_proof(work, session, number.removed_at)
    if len(enrolled.of(work, session.account_id).numbers) >= work.config.max_numbers:
        raise TooManyNumbers(work.config.max_numbers)
    try:
        with work.savepoint():
            work.execute(_RESTORE_NUMBER, {"factor": number.id})
    except IntegrityError:  # added anew meanwhile
        raise NumberListed from None
    if not work.changed(_RESTORE, {"factor": number.id}):
        raise factors.NotFound
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "number_restored", _details(number))


def _details(number: NumberView) -> dict[str, str]:
    """For the journal. People name a number after itself; the journal outlives the number and holds no whole one."""
    label = "" if sum(c.isdigit() for c in number.label) > _DIGITS else number.label
    return {"number": mask(number.number), "label": label, "method": number.method}
