"""Authorisation codes: each is spent by one UPDATE, whose row count decides."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from trustweb.accounts import token_hash
from trustweb.models import NOW, ServiceCode, ServiceView, SessionView, columns
from trustweb.work import Work

CODE, TICKET = "code", "ticket"
LIFE = timedelta(seconds=60)
_PUT = insert(ServiceCode)


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code's row as plain values."""

    id: int
    family: str
    account_id: int
    service_id: int
    session_id: int
    created_at: datetime
    expires_at: datetime
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str


_FIND = select(*columns(CodeView, ServiceCode)).where(
    ServiceCode.code_hash == bindparam("hashed"), ServiceCode.kind == CODE
)
_SPEND = (
    update(ServiceCode)
    .where(ServiceCode.id == bindparam("which"), ServiceCode.spent_at.is_(None), ServiceCode.expires_at > NOW)
    .values(spent_at=NOW)
)


def issue(
    work: Work,
    session: SessionView,
    service: ServiceView,
    *,
    redirect_uri: str,
    scope: str,
    nonce: str = "",
    code_challenge: str = "",
) -> str:
    """Make a code for an app, which exchanges it within a minute. ``code_challenge`` is S256; "" for none."""
    code = secrets.token_urlsafe(32)
    row = {
        "code_hash": token_hash(code),
        "family": secrets.token_urlsafe(16),
        "kind": CODE,
        "account_id": session.account_id,
        "service_id": service.id,
        "session_id": session.id,
        "created_at": work.now,
        "expires_at": work.now + LIFE,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "nonce": nonce,
        "code_challenge": code_challenge,
    }
    work.execute(_PUT, row)
    return code


def find(work: Work, code: str) -> CodeView | None:
    """Return a code's row, also when it was spent or is over."""
    row = work.execute(_FIND, {"hashed": token_hash(code)}).one_or_none()
    return None if row is None else CodeView(*row)


def spend(work: Work, code: CodeView) -> bool:
    """Spend a code. Return False when it was spent before, or is over."""
    return bool(work.changed(_SPEND, {"which": code.id, "now": work.now}))
