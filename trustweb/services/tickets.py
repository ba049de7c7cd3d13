"""A person's way through the browser door: from the site's host to the account's, and back with a ticket.

No cookie is for more than one host: the account's host gives a ticket, and the site's host its own cookie for it. Each
ticket is spent by one UPDATE, whose row count decides.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import unquote

from sqlalchemy import bindparam, insert, select, update

from trustweb.accounts import token_hash
from trustweb.authentication import sessions
from trustweb.models import (
    NOW,
    Account,
    AccountView,
    RequestView,
    ServiceCode,
    ServiceSession,
    ServiceView,
    SessionView,
    SignInSession,
    columns,
)
from trustweb.services import listing, requests, service_sessions
from trustweb.services.codes import TICKET
from trustweb.services.service_sessions import BROWSER
from trustweb.work import Work

AT_SITE = "/.trustweb/"
"""The one path of a site's host that we answer."""
LIFE = timedelta(seconds=30)
_LONGEST = 2048
_PRINTABLE = re.compile(r"/[!-~]*")
_PUT = insert(ServiceCode)
_SPEND = (
    update(ServiceCode)
    .where(
        ServiceCode.code_hash == bindparam("hashed"),
        ServiceCode.kind == TICKET,
        ServiceCode.service_id == bindparam("service"),
        ServiceCode.state_hash == bindparam("state"),
        ServiceCode.spent_at.is_(None),
        ServiceCode.expires_at > NOW,
    )
    .values(spent_at=NOW)
    .returning(ServiceCode.session_id, ServiceCode.path)
)
_SESSION = columns(SessionView, SignInSession)
_BOTH = (
    select(*_SESSION, *columns(AccountView, Account))
    .join_from(SignInSession, Account, Account.id == SignInSession.account_id)
    .where(SignInSession.id == bindparam("session"))
)
_END_BEFORE = (
    update(ServiceSession)
    .where(
        ServiceSession.token_hash == bindparam("hashed"),
        ServiceSession.service_id == bindparam("service"),
        ServiceSession.ended_at.is_(None),
    )
    .values(ended_at=NOW)
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A person at the site's host: the value of its cookie, and where on it they wanted to go."""

    cookie: str
    path: str


def path_of(said: str) -> str:
    """Return where on a site its proxy says that somebody wanted to go: a path with its query, as the browser sent it.

    Only a path, and "/" for whatever could be read as more: another host, a user name, a second header.
    """
    path = said if said.startswith("/") else unquote(said, "latin-1")
    # Some servers and apps decode a path once more, and then answer with what they read.
    decoded = unquote(path, "latin-1")
    hostile = any(each.startswith(("//", "/\\")) or "\\" in each or not each.isprintable() for each in (path, decoded))
    if hostile or len(path) > _LONGEST or not _PRINTABLE.fullmatch(path) or path.startswith(AT_SITE):
        return "/"
    return path


def new_state() -> str:
    return secrets.token_urlsafe(32)


def begin(work: Work, service: ServiceView, path: str, state: str) -> str:
    """Keep where somebody wants to go, and return the address on the account's host that leads there.

    ``state``: the cookie of this browser at the site's host, without which no ticket is good there.
    """
    request_id = requests.keep(work, service.id, requests.ENTER, {"to": path, "state": token_hash(state)})
    return f"{work.config.origin}/services/{service.name}/enter?start={request_id}"


def issue(work: Work, session: SessionView, service: ServiceView, request: RequestView) -> str:
    """Make a ticket, which is good for half a minute, and return the address on the site's host that takes it.

    The caller has made sure that the person may enter.
    """
    ticket = secrets.token_urlsafe(32)
    row = {
        "code_hash": token_hash(ticket),
        "family": secrets.token_urlsafe(16),
        "kind": TICKET,
        "account_id": session.account_id,
        "service_id": service.id,
        "session_id": session.id,
        "created_at": work.now,
        "expires_at": work.now + LIFE,
        "state_hash": request.values["state"],
        "path": request.values["to"],
    }
    work.execute(_PUT, row)
    return f"{service.origin}{AT_SITE}enter?ticket={ticket}"


class Sent(NamedTuple):
    """The values that a browser sends to a site's host when it comes with a ticket."""

    ticket: str
    states: list[str]
    """The cookies that ``begin`` was given: one, unless something else set one too."""
    before: list[str]
    """The cookies of former service sessions on this host."""


def spend(work: Work, service: ServiceView, sent: Sent) -> Entered | None:
    """Begin a service session for a ticket; None when it is spent, too old, of another host or of another browser."""
    values = {"hashed": token_hash(sent.ticket), "service": service.id, "now": work.now}
    tries = (work.execute(_SPEND, values | {"state": token_hash(each)}).one_or_none() for each in sent.states)
    if (spent := next(filter(None, tries), None)) is None:
        return None
    row = work.execute(_BOTH, {"session": spent.session_id}).one_or_none()
    if row is None:
        return None
    session, account = SessionView(*row[: len(_SESSION)]), AccountView(*row[len(_SESSION) :])
    if session.stage != sessions.FULL or not sessions.alive(work.config, session, account, work.now):
        return None
    for each in sent.before:
        work.execute(_END_BEFORE, {"hashed": token_hash(each), "service": service.id, "now": work.now})
    cookie = secrets.token_urlsafe(32)
    proof = service_sessions.proof_of(work, session)
    service_sessions.start(work, session, service, BROWSER, proof, token_hash=token_hash(cookie))
    listing.note_use(work, session.account_id, service.id)
    return Entered(cookie, spent.path)
