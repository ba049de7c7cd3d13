"""The visitor of a request, and its transactions.

Flask-Login finds the session of the cookie; ``acting`` reads it again inside its transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import cast

from flask import Flask, g, request, session
from flask_login import LoginManager, current_user
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trustweb import browsers
from trustweb.authentication import sessions
from trustweb.authentication.sessions import Visitor
from trustweb.codes import changes
from trustweb.codes.limits import Network
from trustweb.models import SessionView
from trustweb.web.base import network, way
from trustweb.web.base.site import core
from trustweb.work import Origin, Work

log = logging.getLogger(__name__)


class _Loader(LoginManager):  # type: ignore[misc]
    def _session_protection_failed(self) -> bool:
        """Return False without comparing addresses, which change on every train.

        Flask-Login's own setting for that still reads the address at every request.
        """
        return False


def register(app: Flask) -> None:
    manager = _Loader(app, add_context_processor=False)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        return sessions.find(reading(), token)

    app.teardown_request(end_reading)


def visitor() -> Visitor | None:
    """Return the live session of this request, at any stage, with its account; None without one."""
    here = g._get_current_object()  # once: each access through the proxy costs ten times as much
    if "visitor" not in here:
        who = current_user._get_current_object() if "_user_id" in session else None
        here.visitor = None if who is None or who.is_anonymous else who
    return cast("Visitor | None", here.visitor)


def require_visitor() -> Visitor:
    """Return the visitor, in a view whose stage guarantees that there is one."""
    who = visitor()
    assert who is not None
    return who


def reading() -> Work:
    """Return the request's reading transaction, opened at its first use.

    ``acting`` ends it, so that what is read after a change is up to date.
    """
    here = g._get_current_object()
    if "reading" not in here:
        here.reading = core().database.start_reading()
    return cast("Work", here.reading)


def end_reading(_error: BaseException | None = None) -> None:
    """End the request's reading transaction."""
    if (work := g.pop("reading", None)) is not None:
        with suppress(DBAPIError):  # a lost connection has already raised where the view read from it
            work.close()


def writing(account_id: int | None = None) -> AbstractContextManager[Work]:
    """Open a writing transaction with the origin of this request."""
    return core().database.writing(account_id, origin())


@contextmanager
def acting() -> Iterator[tuple[Work, SessionView]]:
    """Open a writing transaction on the visitor's account, and read the session again in it.

    Raises sessions.SessionEnded when that has ended meanwhile, and at the end of the transaction limits.TooOften when
    the account has changed too often.
    """
    who = require_visitor()
    end_reading()
    with writing(who.account.id) as work:
        yield work, sessions.reload(work, who)
        changes.count(work, who.account.id)


def sign_in_browser(token: str) -> None:
    """Store the session's (new) token in the browser's cookie."""
    g.pop("visitor", None)
    session["_user_id"] = token


def sign_out_browser() -> None:
    """Empty the browser's session cookie."""
    g.pop("visitor", None)
    session.clear()


def touch(who: Visitor) -> None:
    """Store "last seen". A page that can be read is shown even when that fails, as on a full disk."""
    database = core().database
    if not sessions.stale_last_seen(who.session, database.now()):
        return
    try:
        with database.writing() as work:
            sessions.touch(work, who.session.id)
    except (DBAPIError, PoolTimeout) as error:
        kind = type(getattr(error, "orig", error)).__name__  # not its text, which may hold values of the statement
        log.error("last seen: the database refuses", extra={"error": kind})  # noqa: TRY400


def origin() -> Origin:
    """Return the network address, the browser's name and the service of this request, for the owner to read."""
    service = way.service()
    address = str(network.parse(request.remote_addr or "") or "")
    return Origin(address, browsers.name(request.user_agent.string), service.shown if service else "")


def asks_from() -> Network:
    """Return the subjects of limits for the network of this request."""
    return network.asks_from(core().keys, request.remote_addr or "")
