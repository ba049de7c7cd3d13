"""Sessions are rows. A browser holds an opaque token, new at every change of stage; only its hash is kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trustweb.accounts import token_hash
from trustweb.config import Config
from trustweb.database import Work
from trustweb.models import (
    Account,
    AccountView,
    AnyAccount,
    AnySession,
    KnownBrowser,
    SessionView,
    SignInSession,
)

PASSWORD = "password"  # noqa: S105 - the stage after a right password
FULL = "full"
# Built once: putting a statement together takes as long as executing it.
_SESSION = [getattr(SignInSession, each.name) for each in fields(SessionView)]
_ACCOUNT = [getattr(Account, each.name) for each in fields(AccountView)]
_JOINED = Account.id == SignInSession.account_id
_BY_TOKEN = (
    select(*_SESSION, *_ACCOUNT)
    .join_from(SignInSession, Account, _JOINED)
    .where(SignInSession.token_hash == bindparam("wanted"))
)
_BY_ID = select(SignInSession, Account).join(Account, _JOINED).where(SignInSession.id == bindparam("wanted"))
_TWIN = timedelta(seconds=10)
_SEEN_EVERY = timedelta(minutes=1)


class SessionEnded(Exception):
    """The session was live when the request began, and is not any more. No refusal: there is nobody to tell."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a request comes from: a live session and its account. What Flask-Login calls the user."""

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


def start(work: Work, account: Account, *, stage: str, known_browser: bool) -> tuple[SignInSession, str]:
    """Make a session and its token. The stage ``full`` opens the step-up window: the proof is from just now."""
    token = secrets.token_urlsafe(32)
    session = SignInSession(
        account_id=account.id,
        token_hash=token_hash(token),
        stage=stage,
        stage_since=work.now,
        started_at=work.now,
        last_seen_at=work.now,
        known_browser=known_browser or stage == FULL,
    )
    if stage == FULL:
        session.step_up_until = work.now + timedelta(seconds=work.config.step_up_life)
    work.db.add(session)
    work.db.flush()
    return session, token


def find_twin(work: Work, account_id: int, family: str) -> SignInSession | None:
    """The half-open session that the other click on the same *Sign In* has just made."""
    return work.db.scalar(
        select(SignInSession)
        .where(
            SignInSession.account_id == account_id,
            SignInSession.family == token_hash(family),
            SignInSession.stage == PASSWORD,
            SignInSession.ended_at.is_(None),
            SignInSession.started_at > work.now - _TWIN,
        )
        .order_by(SignInSession.id.desc())
        .limit(1)
    )


def family_token(work: Work, session: SignInSession, family: str) -> str:
    """Give a half-open session the token that its twin would give it: the browser keeps either answer's cookie."""
    token = work.keys.token("session", f"{session.id} {family}")
    session.family, session.token_hash = token_hash(family), token_hash(token)
    return token


def renew_token(session: SignInSession) -> str:
    token = secrets.token_urlsafe(32)
    session.token_hash = token_hash(token)
    return token


def promote(work: Work, session: SignInSession, factor_id: int | None) -> str:
    """Bring a session to the full stage and return its new token; the old one is dead."""
    token = renew_token(session)
    session.stage, session.known_browser = FULL, True
    session.stage_since = session.last_seen_at = work.now
    session.proved_by = session.step_up_by = factor_id
    session.step_up_until = work.now + timedelta(seconds=work.config.step_up_life)
    return token


def open_step_up(work: Work, session: SignInSession, factor_id: int | None) -> None:
    session.step_up_until = work.now + timedelta(seconds=work.config.step_up_life)
    session.step_up_by = factor_id


def find(work: Work, token: str) -> Visitor | None:
    """The visitor behind a token; None when the session has ended in any way."""
    row = work.connection.execute(_BY_TOKEN, {"wanted": token_hash(token)}).one_or_none()
    if row is None:
        return None
    session, account = SessionView(*row[: len(_SESSION)]), AccountView(*row[len(_SESSION) :])
    return Visitor(session, account, token) if alive(work.config, session, account, work.now) else None


def again(work: Work, visitor: Visitor) -> SignInSession:
    """The visitor's session inside a writing transaction. Raises SessionEnded when it ended or moved on."""
    row = work.db.execute(_BY_ID, {"wanted": visitor.session.id}).one_or_none()
    if (
        row is None
        or row[0].token_hash != visitor.session.token_hash
        or not alive(work.config, row[0], row[1], work.now)
    ):
        raise SessionEnded
    session: SignInSession = row[0]
    return session


def alive(config: Config, session: AnySession, account: AnyAccount, now: datetime) -> bool:
    if session.ended_at is not None or account.disabled_at is not None:
        return False
    if session.stage == PASSWORD:
        return now < session.stage_since + timedelta(seconds=config.password_stage)
    return now < min(
        session.last_seen_at + timedelta(seconds=config.session_idle),
        session.started_at + timedelta(seconds=config.session_life),
    )


def stale_last_seen(session: AnySession, now: datetime) -> bool:
    """Whether "last seen" is worth a write; once a minute is enough for an hour's idle time."""
    return now - session.last_seen_at >= _SEEN_EVERY


def touch(work: Work, session_id: int) -> None:
    work.db.execute(update(SignInSession).where(SignInSession.id == session_id).values(last_seen_at=work.now))


def end(work: Work, session_id: int) -> None:
    work.db.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=work.now, kept_act=None)
    )


def end_all(work: Work, account_id: int, *, but: int | None = None) -> None:
    ending = update(SignInSession).where(
        SignInSession.account_id == account_id,
        SignInSession.ended_at.is_(None),
        SignInSession.id != (but or 0),
    )
    work.db.execute(ending.values(ended_at=work.now, kept_act=None))


def is_known(work: Work, account_id: int, browser: str) -> bool:
    """Whether this browser held a full session of this account before."""
    known = select(KnownBrowser.id).where(
        KnownBrowser.account_id == account_id, KnownBrowser.token_hash == token_hash(browser)
    )
    return work.db.scalar(known) is not None


def remember_browser(work: Work, account_id: int, browser: str) -> None:
    dialect = postgresql if work.db.get_bind().dialect.name == "postgresql" else sqlite
    work.db.execute(
        dialect.insert(KnownBrowser)
        .values(account_id=account_id, token_hash=token_hash(browser), first_seen_at=work.now)
        .on_conflict_do_nothing()
    )


def forget_old(work: Work) -> None:
    """Delete sessions that ended, or must have, with their challenges and deliveries."""
    longest = max(work.config.session_life, work.config.password_stage)
    work.db.execute(
        delete(SignInSession).where(SignInSession.started_at < work.now - timedelta(seconds=longest + 86400))
    )
