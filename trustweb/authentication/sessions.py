"""Sessions, stored as rows. A browser holds an opaque token, new at every change of stage; only its hash is stored."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, select, update

from trustweb import endings, journal
from trustweb.accounts import token_hash
from trustweb.codes import links
from trustweb.config import Config
from trustweb.models import (
    NOW,
    Account,
    AccountView,
    Challenge,
    Moment,
    Proof,
    ServiceSession,
    SessionView,
    SignInSession,
    columns,
)
from trustweb.work import Work

PASSWORD = "password"  # noqa: S105 - the stage after a right password
FULL = "full"
# Built once: building a statement takes longer than executing it.
_SESSION = columns(SessionView, SignInSession)
_ACCOUNT = columns(AccountView, Account)
_BOTH = select(*_SESSION, *_ACCOUNT).join_from(SignInSession, Account, Account.id == SignInSession.account_id)
_BY_TOKEN = _BOTH.where(SignInSession.token_hash == bindparam("wanted"))
_BY_ID = _BOTH.add_columns(*journal.HEAD).where(SignInSession.id == bindparam("wanted"))
_THIS = update(SignInSession).where(SignInSession.id == bindparam("session"))
_FIRST_CLICK = (
    select(SignInSession.started_at)
    .where(
        SignInSession.account_id == bindparam("account"),
        SignInSession.family == bindparam("of"),
        SignInSession.stage == PASSWORD,
        SignInSession.ended_at.is_(None),
        SignInSession.started_at > bindparam("since"),
    )
    .order_by(SignInSession.id.desc())
    .limit(1)
)
_START = insert(SignInSession).returning(SignInSession.id)
_NO_PROOF = {
    "step_up_by": None,
    "proof_at": None,
    "proof_kind": None,
    "proof_method": None,
    "user_verified": False,
}
_TOUCH = _THIS.values(last_seen_at=NOW)
_DENIED = select(SignInSession.id).where(
    SignInSession.token_hash == bindparam("wanted"), SignInSession.ended_how == "denied"
)
_BEFORE = bindparam("before", type_=Moment)
_OLD = SignInSession.started_at < _BEFORE
# One that somebody is at a service by stays, with its browser: when that is removed as a device, both end.
_FORGET = delete(SignInSession).where(_OLD, ~exists().where(ServiceSession.session_id == SignInSession.id))
_FORGET_CODES = delete(Challenge).where(
    Challenge.account_id.in_(select(SignInSession.account_id).where(_OLD)),
    Challenge.session_id.in_(select(SignInSession.id).where(_OLD)),
)
_DOUBLE_CLICK = timedelta(seconds=10)
_SEEN_EVERY = timedelta(minutes=1)


class SessionEnded(Exception):
    """The session ended since the request began. Not a Refused: the request has no visitor any more to answer."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A live session and its account, from which a request comes: Flask-Login's user."""

    session: SessionView
    account: AccountView
    token: str

    is_active = True
    is_anonymous = False

    @property
    def is_authenticated(self) -> bool:
        return self.session.stage == FULL

    def get_id(self) -> str:
        return self.token


def start(
    work: Work,
    account_id: int,
    *,
    stage: str,
    known_browser: bool,
    browser_hash: str | None = None,
    device_id: int | None = None,
    proof: Proof | None = None,
    typed_at: datetime | None = None,
    family: str = "",
) -> tuple[SessionView, str]:
    """Make a session and its token.

    ``device_id``: the trusted device whose cookie replaced the code; ``proof``: the passkey that replaced the password
    too; ``typed_at``: when the password was typed, if not just now; ``family``: the form that was submitted; a double
    click on *Sign In* gets the same token. The stage ``full`` opens the step-up window, unless by a trusted device:
    its cookie is no fresh proof.
    """
    token = _family_token(work, account_id, family, work.now) if family else secrets.token_urlsafe(32)
    full = stage == FULL
    row: dict[str, Any] = {
        "account_id": account_id,
        "token_hash": token_hash(token),
        "stage": stage,
        "stage_since": work.now,
        "started_at": work.now,
        "last_seen_at": work.now,
        "ended_at": None,
        "known_browser": known_browser or full,
        "proved_by": device_id,
        "password_at": typed_at or work.now,
        "step_up_until": window(work) if full and device_id is None else None,
        "browser_hash": browser_hash,
    }
    row |= _of_proof(work, proof) if proof else _NO_PROOF
    more = {"browser_name": work.origin.browser, "address": work.origin.address}
    more |= {"family": token_hash(family)} if family else {}
    return SessionView(id=work.insert(_START, row | more), **row), token


def _of_proof(work: Work, proof: Proof) -> dict[str, Any]:
    """Return the columns of a session that a passkey alone began."""
    return {
        "proved_by": proof.factor_id,
        "step_up_by": proof.factor_id,
        "password_at": None,
        "proof_at": work.now,
        "proof_kind": proof.kind,
        "proof_method": proof.method,
        "user_verified": proof.user_verified,
    }


def double_click_token(work: Work, account_id: int, family: str) -> str | None:
    """Return the token of the half-open session that the first click of a double click on *Sign In* made, if any.

    Both answers carry the same token, since the browser may keep the cookie of either.
    """
    values = {"account": account_id, "of": token_hash(family), "since": work.now - _DOUBLE_CLICK}
    started_at = work.execute(_FIRST_CLICK, values).scalar_one_or_none()
    return _family_token(work, account_id, family, started_at) if started_at else None


def _family_token(work: Work, account_id: int, family: str, started_at: datetime) -> str:
    return work.keys.token("session", f"{account_id} {started_at.timestamp()} {family}")


def window(work: Work) -> datetime:
    """Return the end of a step-up window that opens now."""
    return work.now + timedelta(seconds=work.config.step_up_life)


def find(work: Work, token: str) -> Visitor | None:
    """Return the visitor with a token; None when the session has ended in any way (see ``alive``)."""
    row = work.execute(_BY_TOKEN, {"wanted": token_hash(token)}).one_or_none()
    if row is None:
        return None
    session, account = _apart(row)
    return Visitor(session, account, token) if alive(work.config, session, account, work.now) else None


def was_denied(work: Work, token: str) -> bool:
    """Return True if the owner denied this session on a trusted device."""
    return work.execute(_DENIED, {"wanted": token_hash(token)}).first() is not None


def reload(work: Work, visitor: Visitor) -> SessionView:
    """Read the visitor's session again inside a writing transaction.

    Raises SessionEnded when it has ended or has a new token since the request began.
    """
    if (row := work.execute(_BY_ID, {"wanted": visitor.session.id}).one_or_none()) is None:
        raise SessionEnded
    session, account = _apart(row[:-2])
    work.heads[account.id], work.accounts[account.id] = (row[-2], row[-1]), account
    if session.token_hash != visitor.session.token_hash or not alive(work.config, session, account, work.now):
        raise SessionEnded
    return session


def _apart(row: Sequence[Any]) -> tuple[SessionView, AccountView]:
    return SessionView(*row[: len(_SESSION)]), AccountView(*row[len(_SESSION) :])


def alive(config: Config, session: SessionView, account: AccountView, now: datetime) -> bool:
    """Return True unless the session has ended or expired, or its account is disabled."""
    if session.ended_at is not None or account.disabled_at is not None:
        return False
    if session.stage == PASSWORD:
        return now < session.stage_since + timedelta(seconds=config.password_stage)
    return now < min(
        session.last_seen_at + timedelta(seconds=config.session_idle),
        session.started_at + timedelta(seconds=config.session_life),
    )


def stale_last_seen(session: SessionView, now: datetime) -> bool:
    """Return True if "last seen" is older than a minute: precise enough for an idle time-out of an hour."""
    return now - session.last_seen_at >= _SEEN_EVERY


def touch(work: Work, session_id: int) -> None:
    work.execute(_TOUCH, {"session": session_id, "now": work.now})


def end(work: Work, session_id: int) -> None:
    endings.ONE.end(work, session=session_id)


def sign_out(work: Work, session: SessionView) -> None:
    """End a session at the person's request. A second click writes no second journal entry."""
    if endings.ONE.end(work, session=session.id) and session.stage == FULL:
        journal.write(work, session.account_id, "signed_out")


def sign_out_others(work: Work, session: SessionView) -> None:
    """End the account's other sessions, and all that they ever opened at services, at the person's request."""
    links.end_all(work, session.account_id)  # the other sessions may have asked for them
    if endings.OTHERS.end(work, account=session.account_id, keep=session.id):
        journal.write(work, session.account_id, "others_signed_out")


def forget_old(work: Work) -> None:
    """Delete sessions that have ended or expired, with their challenges and deliveries."""
    longest = max(work.config.session_life, work.config.password_stage)
    old = {"before": work.now - timedelta(seconds=longest + 86400)}
    work.execute(_FORGET, old)
    work.execute(_FORGET_CODES, old)  # of those that stay
