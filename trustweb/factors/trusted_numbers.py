"""Enrolment of trusted phone numbers, which are proved by a code."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import bindparam, update

from trustweb import factors, journal
from trustweb.codes import challenges, limits, sending, site_shares
from trustweb.codes.challenges import ADD_NUMBER, Destination
from trustweb.codes.limits import Network
from trustweb.factors import countries, enrolled, enrolment
from trustweb.models import NumberView, SessionView, TrustedNumber
from trustweb.phone_numbers import RISKY_LINES, NumberRefused, PhoneNumber, mask
from trustweb.work import Refused, Work

_DIGITS = 4
"""The most digits in a label that cannot be a phone number."""
_METHOD = (
    update(TrustedNumber).where(TrustedNumber.factor_id == bindparam("factor")).values(method=bindparam("new_method"))
)


class NumberListed(Refused):
    """The account has the number already."""


class TooManyNumbers(enrolment.TooMany):
    pass


class NumberUnusual(Refused):
    """The number is possible but not in the numbering plan: the person is asked once, then the code proves it."""

    def __init__(self, number: str) -> None:
        super().__init__()
        self.number = number


class NumberRisky(Refused):
    """An internet number: the person is warned of the risk before anything is sent."""


class MethodUnfit(Refused):
    """A fixed line does not receive text messages."""


def _told(number: str, label: str, method: str) -> dict[str, str]:
    """Return the details for the journal, without a whole number.

    The journal outlives the number, and some people name a number after itself.
    """
    shown = "" if sum(c.isdigit() for c in label) > _DIGITS else label
    return {"number": mask(number), "label": shown, "method": method}


_ENROLMENT = enrolment.SignInEnrolment(
    view=NumberView,
    most=lambda config: config.max_numbers,
    too_many=TooManyNumbers,
    duplicate_error=NumberListed,
    told=lambda each: _told(each.number, each.label, each.method),
)
find, check_removal, remove = _ENROLMENT.find, _ENROLMENT.check_removal, _ENROLMENT.remove
restorable, restore = _ENROLMENT.restorable, _ENROLMENT.restore


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
    network: Network,
    seen_token: str,
) -> None:
    """Send a code to a number that is to be added.

    ``accepted``: the warnings that the person has accepted: unusual numbers, each as itself, and ``risky``. Raises
    FreshProofNeeded, NumberRefused, NumberListed, TooManyNumbers, MethodUnfit, NumberUnusual, NumberRisky or
    limits.TooOften.
    """
    factors.require_fresh_proof(session, work.now)
    _check(work, session.account_id, phone, method, accepted)
    destination = Destination(phone.number, phone.region, phone.line, enrolment.shorten(label))
    # The person may have gone back to correct the number and found it right: then the code is on its way already.
    with suppress(challenges.TooSoon):
        _send(work, session, destination, method, network, seen_token)


def send_again(work: Work, session: SessionView, method: str, *, network: Network, seen_token: str) -> None:
    """Send a new code to the number that is being added. Raises as ``send_code`` does, or challenges.NoCode."""
    factors.require_fresh_proof(session, work.now)
    challenge = challenges.live(work, session, ADD_NUMBER)
    if challenge is None:
        raise challenges.NoCode
    if challenge.line == "fixed" and method == "text":
        raise MethodUnfit
    destination = Destination(challenge.number, challenge.region, challenge.line, challenge.label)
    _send(work, session, destination, method, network, seen_token)


def _send(
    work: Work, session: SessionView, destination: Destination, method: str, network: Network, seen_token: str
) -> None:
    before = challenges.state_token(challenges.live(work, session, ADD_NUMBER))
    challenge = sending.send(work, session, ADD_NUMBER, destination, method, seen_token=seen_token)
    sent = challenges.state_token(challenge) != before  # the second click of a double click sends nothing
    # Where registration is open, anybody can make any number of accounts, so new ones count by network too. Others
    # count by account alone: neighbours must not use up their limit.
    if sent and site_shares.is_new(work, session.account_id):
        limits.take(work, *limits.of_network("address_sends", network, work.config.address_sends))


def _check(work: Work, account_id: int, phone: PhoneNumber, method: str, accepted: frozenset[str]) -> None:
    allowed = countries.allowed(work)
    if allowed and phone.region not in allowed:
        raise NumberRefused("country", phone.region)
    if phone.line in RISKY_LINES and work.config.voip == "block":
        raise NumberRefused(phone.line)
    if any(each.number == phone.number for each in enrolled.of(work, account_id).numbers):
        raise NumberListed
    _ENROLMENT.check_room(work, account_id)
    if method not in phone.methods:
        raise MethodUnfit
    if phone.unusual and phone.number not in accepted:
        raise NumberUnusual(phone.number)
    if phone.line in RISKY_LINES and work.config.voip == "warn" and "risky" not in accepted:
        raise NumberRisky


def verify(work: Work, session: SessionView, typed: str) -> bool:
    """Add the number to which this code was sent. Return True if it turned two-factor on.

    The step-up window had to be open when the code was asked for, and may be over now. Raises NumberListed,
    TooManyNumbers or what challenges.check raises.
    """
    challenge = challenges.check(work, session, ADD_NUMBER, typed)
    return _ENROLMENT.add(
        work,
        session,
        challenge.label,
        _told(challenge.number, challenge.label, challenge.method),
        account_id=session.account_id,
        number=challenge.number,
        region=challenge.region,
        line=challenge.line,
        method=challenge.method,
    )


def change(work: Work, session: SessionView, public_id: str, *, label: str, method: str) -> None:
    """Store another name or method of a number. Raises FreshProofNeeded, NotFound or MethodUnfit."""
    factors.require_fresh_proof(session, work.now)
    number = _ENROLMENT.find(work, session.account_id, public_id)
    if method not in number.methods:
        raise MethodUnfit
    label = enrolment.shorten(label)
    if (label, method) == (number.label, number.method):
        return
    work.execute(enrolment.RENAME, {"factor": number.id, "new_label": label})
    work.execute(_METHOD, {"factor": number.id, "new_method": method})
    journal.write(work, session.account_id, "number_changed", **_told(number.number, label, method))
