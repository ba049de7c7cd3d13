"""Who asks: Flask-Login finds the session behind the cookie; acts find it again inside their transaction."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, cast

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin
from flask_login import LoginManager, current_user
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.http import dump_cookie

from trustweb import browsers
from trustweb.authentication import sessions
from trustweb.authentication.sessions import Visitor
from trustweb.authentication.sign_in import Browser
from trustweb.codes import changes
from trustweb.codes.limits import Network
from trustweb.config import Config
from trustweb.core import Core
from trustweb.database import Origin, Work
from trustweb.factors import prompts
from trustweb.factors.prompts import AtHand
from trustweb.keys import KeyRing
from trustweb.models import SessionView
from trustweb.web import cookies, network

log = logging.getLogger(__name__)
MAX_DEVICES = 5
"""Accounts that may trust one browser; the cookie has to stay short."""
_BROWSER_LIFE = 400 * 86400


class Cookies(SessionInterface):
    """What a browser's session cookie says, signed: of what is asked at every request, only what we need.

    It does not say how old it is, and ends with the session's row: on a machine whose clock was set back by a moment, a
    cookie from just now would be none.
    """

    def __init__(self, name: str, keys: KeyRing) -> None:
        self._name = name
        # The last key signs. Each was made for this use alone, so none is derived from it at every cookie.
        newest_last = keys.subkeys("session cookie")[::-1]
        self._signer = Signer(newest_last, key_derivation="none", digest_method=hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        # The first that we signed: another of the same name, from a sibling domain, does not hide it.
        found = map(self.read, cookies.values(cookies.sent(), self._name))
        return SecureCookieSession(next(filter(None, found), {}))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed:
            response.headers.add("Vary", "Cookie")
        if session.modified:
            _keep(response, self._name, self.write(session) if session else "", None if session else 0)

    def read(self, cookie: str) -> dict[str, str]:
        try:
            body = self._signer.unsign(cookie.encode("ascii", "replace"))
        except BadSignature:
            return {}
        return cast("dict[str, str]", json.loads(base64_decode(body).decode()))

    def write(self, said: Mapping[str, str]) -> str:
        return self._signer.sign(base64_encode(json.dumps(dict(said)))).decode()


def core() -> Core:
    return cast("Core", current_app.extensions["trustweb"])


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
        yield work, sessions.again(work, who)
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


def browser() -> str:
    """The token of this browser, by which accounts know it; made when it has none yet."""
    if "browser" not in g:
        g.browser = known_as() or secrets.token_urlsafe(32)
    return cast("str", g.browser)


def known_as() -> str:
    """The token that this browser brings; empty when it has none."""
    return next((each for each in cookies.values(cookies.sent(), _browser_cookie()) if len(each) == 43), "")


def this_browser() -> Browser:
    return Browser(browser(), session.get("csrf_token", ""), device_cookies())


def keep_browser(response: Response) -> Response:
    """Let the browser remember its token."""
    _keep(response, _browser_cookie(), browser(), _BROWSER_LIFE)
    return response


def devices() -> list[AtHand]:
    """The trusted devices that this browser is, of whatever account, and what they have to show."""
    here = g._get_current_object()
    if "devices" not in here:
        said = device_cookies()
        here.devices = prompts.at_hand(reading(), said) if said else []
    return cast("list[AtHand]", here.devices)


def device_cookies() -> list[str]:
    return devices_in(cookies.sent(), core().config)


def devices_in(header: str, config: Config) -> list[str]:
    """What the cookies say the browser is, one an account."""
    said = cookies.values(header, _device_cookie(config))
    return [each for value in said for each in value.split("~") if each][:MAX_DEVICES]


def keep_device(response: Response, cookie: str) -> Response:
    """Let the browser remember that it is trusted; other accounts' trust in it stays."""
    handle = cookie.partition(".")[0]
    others = [each for each in device_cookies() if each.partition(".")[0] != handle]
    _keep(response, _device_cookie(core().config), "~".join([cookie, *others][:MAX_DEVICES]), core().config.device_life)
    return response


def forget_devices(response: Response) -> Response:
    """None of the cookie's devices is trusted any more."""
    _keep(response, _device_cookie(core().config), "", 0)
    return response


def origin() -> Origin:
    """From where the visitor acts, in words for the account's owner."""
    return Origin(str(network.parse(request.remote_addr or "") or ""), browsers.name(request.user_agent.string))


def _keep(response: Response, name: str, value: str, life: int | None) -> None:
    """``life`` in seconds; None: as long as the browser is open."""
    attributes: dict[str, Any] = {"secure": core().config.secure, "httponly": True, "samesite": "Lax"}
    # Without Expires, which says the same again for browsers of before 2012.
    cookie = dump_cookie(name, value, max_age=life, sync_expires=False, **attributes)
    response.headers.add("Set-Cookie", cookie)


def _device_cookie(config: Config) -> str:
    return "__Host-trustweb-devices" if config.secure else "trustweb-devices"


def _browser_cookie() -> str:
    return "__Host-trustweb-browser" if core().config.secure else "trustweb-browser"


def asks_from() -> Network:
    """Where the visitor asks from, as limits count it."""
    return network.asks_from(core().keys, request.remote_addr or "")
