"""Push notifications of sign-ins that wait for a trusted device, for devices that have no page open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, literal, or_, select, update

from trustweb.models import (
    DEVICE_IS_IN_USE,
    NOW,
    Account,
    Challenge,
    ChallengeView,
    Delivery,
    Factor,
    Moment,
    SessionView,
    SignInSession,
    TrustedDevice,
)
from trustweb.work import Work

PROMPT = "prompt"
# A trusted device that wants notifications; never the browser that asks for the code.
_NOTIFIED = (
    Factor.id == TrustedDevice.factor_id,
    DEVICE_IS_IN_USE,
    TrustedDevice.push_to.is_not(None),
    or_(SignInSession.browser_hash.is_(None), SignInSession.browser_hash != TrustedDevice.browser_hash),
)
_ROW: dict[str, Any] = {
    "kind": literal(PROMPT),
    "challenge_id": bindparam("challenge_id"),
    "counter": bindparam("count"),
    "factor_id": Factor.id,
    "method": literal("push"),
    "destination": literal(""),
    "language": Account.language,
    "due_at": NOW,
    "created_at": NOW,
    "changed_at": NOW,
    "deadline": bindparam("until", type_=Moment),
}
_PUT = (
    insert(Delivery)
    .from_select(
        list(_ROW),
        select(*_ROW.values()).where(
            Account.id == bindparam("account"),
            SignInSession.id == bindparam("session"),
            TrustedDevice.account_id == Account.id,
            *_NOTIFIED,
        ),
    )
    .returning(Delivery.id)
)
_ASKING = select(TrustedDevice.push_to, SignInSession.browser_name, SignInSession.address).where(
    Challenge.id == bindparam("challenge"),
    SignInSession.id == Challenge.session_id,
    SignInSession.ended_at.is_(None),
    Factor.id == bindparam("factor"),
    or_(Challenge.factor_id.is_(None), Challenge.factor_id == Factor.id),  # no other device has answered
    *_NOTIFIED,
)
_FORGET_GONE = (
    update(TrustedDevice)
    .where(TrustedDevice.factor_id == bindparam("factor"), TrustedDevice.push_to == bindparam("sent_to"))
    .values(push_to=None)
)


@dataclass(frozen=True, slots=True)
class PromptNotification:
    """The content of a notification: a sign-in, or a step-up, that waits for a trusted device."""

    challenge: ChallengeView
    sealed_destination: str
    browser: str
    address: str


def put(work: Work, session: SessionView, challenge: ChallengeView) -> None:
    """Queue a notification to each trusted device that may show the challenge's code, in the same transaction."""
    values = {
        "account": challenge.account_id,
        "session": session.id,
        "challenge_id": challenge.id,
        "count": challenge.counter,
        "until": challenge.expires_at,
        "now": work.now,
    }
    work.woken.extend(work.execute(_PUT, values).scalars())


def find(work: Work, challenge: ChallengeView, factor_id: int | None) -> PromptNotification | None:
    """Return a notification's content. None: the device lost its trust, wants none, or another one has answered."""
    asking = {"challenge": challenge.id, "factor": factor_id, "now": work.now}
    row = work.execute(_ASKING, asking).one_or_none()
    return PromptNotification(challenge, *row) if row else None


def forget_gone(work: Work, factor_id: int | None, prompt: PromptNotification) -> None:
    """Delete the subscription that the push service reported as gone, unless the browser has subscribed anew."""
    work.execute(_FORGET_GONE, {"factor": factor_id, "sent_to": prompt.sealed_destination})
