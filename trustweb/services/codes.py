"""Authorisation codes: each is spent by one UPDATE, whose row count decides."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import insert

from trustweb.accounts import token_hash
from trustweb.models import ServiceCode, ServiceView, SessionView
from trustweb.work import Work

CODE, TICKET = "code", "ticket"
LIFE = timedelta(seconds=60)
_PUT = insert(ServiceCode)


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
