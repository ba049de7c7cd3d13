"""Proofs as they are given: what a session stores of each, the full stage, and the window in which changes are allowed.

``proofs.py`` says what they are worth.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import bindparam, update

from trustweb.accounts import token_hash
from trustweb.authentication import sessions
from trustweb.codes import denials
from trustweb.models import NOW, Proof, SessionView, SignInSession
from trustweb.work import Work

_PROVED = {
    "step_up_by": bindparam("factor"),
    "step_up_until": bindparam("until"),
    "proof_at": NOW,
    "proof_kind": bindparam("kind"),
    "proof_method": bindparam("method"),
    "user_verified": bindparam("verified"),
}
# Built once: building a statement takes longer than executing it.
_THIS = update(SignInSession).where(SignInSession.id == bindparam("session"))
_PROMOTE = _THIS.values(
    token_hash=bindparam("hashed"),
    stage=sessions.FULL,
    known_browser=True,
    stage_since=NOW,
    last_seen_at=NOW,
    proved_by=bindparam("factor"),
    **_PROVED,
)
_OPEN_STEP_UP = _THIS.values(**_PROVED)
_OPEN_BY_PASSWORD = _THIS.values(step_up_by=None, step_up_until=bindparam("until"), password_at=NOW)
_NOTE_PASSWORD = _THIS.values(password_at=NOW)


def promote(work: Work, session: SessionView, proof: Proof) -> str:
    """Bring a session to the full stage and return its new token; the old one stops working (session fixation)."""
    denials.forget(work, session.account_id, session.known_browser)
    token = secrets.token_urlsafe(32)
    work.execute(_PROMOTE, {"hashed": token_hash(token)} | _proved(work, session, proof))
    return token


def open_step_up(work: Work, session: SessionView, proof: Proof) -> None:
    work.execute(_OPEN_STEP_UP, _proved(work, session, proof))


def open_by_password(work: Work, session: SessionView) -> None:
    """Open the step-up window with the password, which was typed just now."""
    work.execute(_OPEN_BY_PASSWORD, {"session": session.id, "until": sessions.window(work), "now": work.now})


def note_password(work: Work, session: SessionView) -> None:
    """Store that the right password was typed just now, for a change that asks for it besides a fresh proof."""
    work.execute(_NOTE_PASSWORD, {"session": session.id, "now": work.now})


def _proved(work: Work, session: SessionView, proof: Proof) -> dict[str, Any]:
    return {
        "session": session.id,
        "now": work.now,
        "factor": proof.factor_id,
        "until": sessions.window(work),
        "kind": proof.kind,
        "method": proof.method,
        "verified": proof.user_verified,
    }
