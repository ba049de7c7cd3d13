"""Who asks: Flask-Login finds the session behind the cookie; acts find it again inside their transaction."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import cast

from flask import Flask, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, current_user
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.exc import DBAPIError

from trustweb.authentication import sessions
from trustweb.authentication.sessions import Visitor
from trustweb.core import Core
from trustweb.database import Work
from trustweb.models import SignInSession

_BROWSER_LIFE = 400 * 86400


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, with its signer made once and not at every request."""

    signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self.signer is None:
            self.signer = super().get_signing_serializer(app)
        return self.signer


def core() -> Core:
    return cast("Core", current_app.extensions["trustweb"])


def register(app: Flask, manager: LoginManager) -> None:
    manager.session_protection = None  # it compares addresses, which change on every train

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        return sessions.find(reading(), token)

    app.teardown_request(end_reading)


def visitor() -> Visitor | None:
    """The live session that this request belongs to, at whatever stage."""
    if "visitor" not in g:
        who = current_user._get_current_object() if "_user_id" in session else None
        g.visitor = None if who is None or who.is_anonymous else who
    return cast("Visitor | None", g.visitor)


def present() -> Visitor:
    """The visitor, in a view that is only for visitors."""
    who = visitor()
    assert who is not None
    return who


def reading() -> Work:
    """The request's reading transaction, opened at the first question; ``acting`` ends it, for what is read
    after a change must be fresh."""
    if "reading" not in g:
        g.reading = ExitStack()
        g.work = g.reading.enter_context(core().database.reading())
    return cast("Work", g.work)


def end_reading(_error: BaseException | None = None) -> None:
    if (stack := g.pop("reading", None)) is not None:
        with suppress(DBAPIError):  # whoever read has been told
            stack.close()


@contextmanager
def acting() -> Iterator[tuple[Work, SignInSession]]:
    """A writing transaction on the visitor's account, with the session as it is now.

    Raises sessions.SessionEnded when it ended between the beginning of the request and the lock.
    """
    who = present()
    end_reading()
    with core().database.writing(who.account.id) as work:
        yield work, sessions.again(work, who)


def sign_in_browser(token: str) -> None:
    """Give the browser its session's (new) token."""
    g.pop("visitor", None)
    session["_user_id"] = token


def sign_out_browser() -> None:
    g.pop("visitor", None)
    session.clear()


def touch(who: Visitor) -> None:
    database = core().database
    if sessions.stale_last_seen(who.session, database.now()):
        with database.writing() as work:
            sessions.touch(work, who.session.id)


def browser() -> str:
    """The token of this browser, by which accounts know it; made when it has none yet."""
    found = request.cookies.get(_browser_cookie())
    if found and len(found) == 43:
        return found
    if "browser" not in g:
        g.browser = secrets.token_urlsafe(32)
    return cast("str", g.browser)


def keep_browser(response: Response) -> Response:
    """Let the browser remember its token."""
    response.set_cookie(
        _browser_cookie(),
        browser(),
        max_age=_BROWSER_LIFE,
        secure=core().config.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _browser_cookie() -> str:
    return "__Host-trustweb-browser" if core().config.secure else "trustweb-browser"


def address() -> str:
    """The network address as limits count it: keyed, and an IPv6 neighbourhood as one."""
    text = request.remote_addr or ""
    try:
        parsed = ipaddress.ip_address(text)
        if isinstance(parsed, ipaddress.IPv6Address):
            mapped = parsed.ipv4_mapped
            text = str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    except ValueError:
        pass
    return core().keys.digest("address", text)
