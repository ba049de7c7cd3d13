"""Who asks: Flask-Login finds the session behind the cookie; acts find it again inside their transaction."""

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
from trustweb.database import Origin, Work
from trustweb.models import SessionView
from trustweb.web.base import network
from trustweb.web.base.site import core

log = logging.getLogger(__name__)


class _Loader(LoginManager):  # type: ignore[misc]
    def _session_protection_failed(self) -> bool:
        """It compares addresses, which change on every train; switched off by a setting, it reads them all the same."""
        return False


def register(app: Flask) -> None:
    manager = _Loader(app, add_context_processor=False)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        return sessions.find(reading(), token)

    app.teardown_request(end_reading)


def visitor() -> Visitor | None:
    """The live session that this request belongs to, at whatever stage."""
    here = g._get_current_object()  # once: through the proxy each look costs ten times as much
    if "visitor" not in here:
        who = current_user._get_current_object() if "_user_id" in session else None
        here.visitor = None if who is None or who.is_anonymous else who
    return cast("Visitor | None", here.visitor)


def present() -> Visitor:
    """The visitor, in a view that is only for visitors."""
    who = visitor()
    assert who is not None
    return who


def reading() -> Work:
    """The request's reading transaction, opened at the first question; ``acting`` ends it, for what is read
    after a change must be fresh."""
    here = g._get_current_object()
    if "reading" not in here:
        here.reading = core().database.start_reading()
    return cast("Work", here.reading)


def end_reading(_error: BaseException | None = None) -> None:
    if (work := g.pop("reading", None)) is not None:
        with suppress(DBAPIError):  # whoever read has been told
            work.close()


def writing(account_id: int | None = None) -> AbstractContextManager[Work]:
    """A writing transaction that knows where this request comes from."""
    return core().database.writing(account_id, origin())


@contextmanager
def acting() -> Iterator[tuple[Work, SessionView]]:
    """A writing transaction on the visitor's account, with the session as it is now.

    Raises sessions.SessionEnded when it ended meanwhile, and at its end limits.TooOften for one change too many.
    """
    who = present()
    end_reading()
    with writing(who.account.id) as work:
        yield work, sessions.reload(work, who)
        changes.count(work, who.account.id)


def sign_in_browser(token: str) -> None:
    """Give the browser its session's (new) token."""
    g.pop("visitor", None)
    session["_user_id"] = token


def sign_out_browser() -> None:
    g.pop("visitor", None)
    session.clear()


def touch(who: Visitor) -> None:
    """Note that the visitor was here. A page that can be read is shown without it, as on a full disk."""
    database = core().database
    if not sessions.stale_last_seen(who.session, database.now()):
        return
    try:
        with database.writing() as work:
            sessions.touch(work, who.session.id)
    except (DBAPIError, PoolTimeout) as error:
        kind = type(getattr(error, "orig", error)).__name__  # its words may hold values of the statement
        log.error("last seen: the database refuses", extra={"error": kind})  # noqa: TRY400


def origin() -> Origin:
    """From where the visitor acts, in words for the account's owner."""
    return Origin(str(network.parse(request.remote_addr or "") or ""), browsers.name(request.user_agent.string))


def asks_from() -> Network:
    """Where the visitor asks from, as limits count it."""
    return network.asks_from(core().keys, request.remote_addr or "")
