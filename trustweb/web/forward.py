"""``/auth/browser/<service>``, where proxies ask at every request who somebody's browser is, and ``/.trustweb/``.

Both are answered before Flask. The check looks at the service in our own path and at the cookie of the site's host, and
at nothing else that a client sends. ``/.trustweb/`` is the only path that we answer under other hosts than our own:
there a browser is sent away to sign in, and comes back with a ticket.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from flask import Flask, render_template
from werkzeug.http import dump_cookie

from trustweb import browsers, faults, origins
from trustweb.codes import limits
from trustweb.core import Core
from trustweb.models import ServiceView
from trustweb.services import browser_door, listing, tickets
from trustweb.services.browser_door import Person
from trustweb.services.tickets import AT_SITE, Sent
from trustweb.web.base import cookies, forwarded, network, peers
from trustweb.web.basic import PLAIN
from trustweb.work import Origin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)
CHECK = "/auth/browser/"
_NAME = re.compile(r"[a-z0-9-]{1,32}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_STATE_LIFE = 30 * 86400
"""Seconds that a browser keeps its state cookie: long, so that tabs which it opens together at its start share one."""
_MOST_STATES = 3
_AGAIN = 3
"""Seconds within which nobody is sent back to a site twice: its proxy would send them here again and again."""
_LIMIT = "service_requests"
Answer = tuple[str, list[tuple[str, str]], bytes]
_NOTHING_HERE: Answer = "404 NOT FOUND", [], b""
_UNAVAILABLE: Answer = "503 SERVICE UNAVAILABLE", [("Retry-After", "5")], b""


def answer_proxies(app: Flask, core: Core) -> None:
    """Answer the checks of browsers, and the way there and back, by wrapping the app's WSGI callable."""
    inner, door = app.wsgi_app, _Door(app, core)

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # With SCRIPT_NAME, as in ``basic``.
        path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        if path.startswith(CHECK):
            answer: Answer | None = door.check(environ, path.removeprefix(CHECK))
        elif path.startswith(AT_SITE):
            answer = door.at_site(environ, path.removeprefix(AT_SITE))
        else:
            return inner(environ, start_response)
        if answer is None:  # a host that is no service's: our own 404, or the way to our own host
            return inner(environ, start_response)
        status, headers, body = answer
        start_response(status, [("Cache-Control", "no-store"), ("Content-Length", str(len(body))), *headers])
        return [body] if body else []

    app.wsgi_app = outer  # type: ignore[method-assign]


class _Door:
    def __init__(self, app: Flask, core: Core) -> None:
        self._app = app
        self._core = core
        self._is_trusted = peers.trusted(core.config)

    def check(self, environ: WSGIEnvironment, service: str) -> Answer:
        """Answer whose cookie this is: 200 or 401, and no redirect, which only the proxy can do rightly."""
        if not self._is_trusted(environ[forwarded.PEER]):
            peers.warn()
            return "403 FORBIDDEN", [], b""
        if not _NAME.fullmatch(service):
            return _NOTHING_HERE
        try:
            person = self._person(environ.get("HTTP_COOKIE", ""), service)
            if person is not None:
                return "200 OK", _said(person), b""
            with self._core.database.reading() as work:
                is_there = browser_door.is_there(work, service)
        except faults.DATABASE as error:
            return _unavailable(error)
        return ("401 UNAUTHORIZED", [], b"") if is_there else _NOTHING_HERE

    def _person(self, header: str, service: str) -> Person | None:
        kept, plain = cookies.values(header, f"__Host-trustweb-{service}"), []
        if not self._core.config.secure:
            plain = cookies.values(header, f"trustweb-{service}")
        # Of two, one is not ours: another site has set it, and nobody can say which.
        if len(sent := [*kept, *plain]) != 1 or not _TOKEN.fullmatch(sent[0]):
            return None
        return browser_door.find(self._core.database, service, sent[0], host_only=bool(kept))

    def at_site(self, environ: WSGIEnvironment, act: str) -> Answer | None:
        """Answer under a site's own host; None where it is no host of a service with this door."""
        if not self._is_trusted(environ[forwarded.PEER]):
            return None
        try:
            if (service := self._service(environ)) is None:
                return None
            if act not in {"start", "enter"}:
                return _NOTHING_HERE
            if environ["REQUEST_METHOD"] != "GET":
                return "405 METHOD NOT ALLOWED", [("Allow", "GET")], b""
            return (self._start if act == "start" else self._enter)(environ, service)
        except faults.DATABASE as error:
            return _unavailable(error)

    def _service(self, environ: WSGIEnvironment) -> ServiceView | None:
        try:
            asked = origins.of_host(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""))
        except ValueError:
            return None
        if asked == self._core.config.origin:
            return None
        with self._core.database.reading() as work:
            return listing.by_origin(work, asked)

    def _start(self, environ: WSGIEnvironment, service: ServiceView) -> Answer:
        """Keep where the browser wants to go, and send it to the account's host."""
        header = environ.get("HTTP_COOKIE", "")
        if len(cookies.values(header, _cookie(service))) > 1:  # the check lets none of them in, over and over
            return self._page(environ, "twice")
        # The rest of the query as it is: a proxy puts the browser's address there without quoting it.
        path = tickets.path_of(environ.get("QUERY_STRING", "").removeprefix("to="))
        if self._person(header, service.name) is not None:
            return self._back(environ, service, path)
        state = next(iter(_states(header, service)), None) or tickets.new_state()
        asks_from = network.asks_from(self._core.keys, environ["REMOTE_ADDR"])
        try:
            with self._core.database.writing() as work:
                limits.take(work, *limits.of_network(_LIMIT, asks_from, work.config.service_requests))
                there = tickets.begin(work, service, path, state)
        except limits.TooOften:
            return self._page(environ, "often", "429 TOO MANY REQUESTS")
        kept = _set(service, _state_cookie(service), state, _STATE_LIFE)
        return "303 SEE OTHER", [("Location", there), kept], b""

    def _back(self, environ: WSGIEnvironment, service: ServiceView, path: str) -> Answer:
        """Send somebody back who is let in already: another tab was faster. Soon after that, the proxy asks wrongly."""
        name = _again_cookie(service)
        if cookies.values(environ.get("HTTP_COOKIE", ""), name):
            return self._page(environ, "circle", "502 BAD GATEWAY")
        return "303 SEE OTHER", [("Location", f"{service.origin}{path}"), _set(service, name, "1", _AGAIN)], b""

    def _enter(self, environ: WSGIEnvironment, service: ServiceView) -> Answer:
        """Let the browser in that comes with a ticket and with the cookie from before."""
        header = environ.get("HTTP_COOKIE", "")
        ticket = parse_qs(environ.get("QUERY_STRING", ""), encoding="latin-1").get("ticket", [""])
        sent = Sent(ticket[0], _states(header, service), cookies.values(header, _cookie(service))[:1])
        if len(ticket) != 1 or not _TOKEN.fullmatch(sent.ticket) or not sent.states:
            return self._page(environ, "lost")
        address = str(network.parse(environ["REMOTE_ADDR"]) or "")
        origin = Origin(address, browsers.name(environ.get("HTTP_USER_AGENT", "")))
        with self._core.database.writing(origin=origin) as work:
            entered = tickets.spend(work, service, sent)
        if entered is None:
            return self._page(environ, "lost")
        kept = _set(service, _cookie(service), entered.cookie, None)
        return "303 SEE OTHER", [("Location", f"{service.origin}{entered.path}"), kept], b""

    def _page(self, environ: WSGIEnvironment, why: str, status: str = "400 BAD REQUEST") -> Answer:
        """Return a page with a link to the site, and not a redirect, which could go round in a circle."""
        with self._app.request_context(environ):
            body = render_template("browser_door/at_site.html", why=why).encode()
        return status, [("Content-Type", "text/html; charset=utf-8")], body


def _said(person: Person) -> list[tuple[str, str]]:
    """Return what the site hears of somebody, in UTF-8, with the user as ``basic`` says it in ASCII too."""
    values = {
        "Remote-User": person.user,
        "Remote-Name": person.name,
        "Remote-Email": person.email,
        "Remote-Groups": ",".join(person.groups),
    }
    said = [(name, value.encode().decode("latin-1")) for name, value in values.items()]
    return [*said, ("Remote-User-Encoded", quote(person.user, safe=PLAIN))]


def _unavailable(error: Exception) -> Answer:
    log.error("the database refuses", extra={"error": type(getattr(error, "orig", error)).__name__})
    return _UNAVAILABLE


def _is_secure(service: ServiceView) -> bool:
    return (service.origin or "").startswith("https:")


def _cookie(service: ServiceView) -> str:
    """Return the name of the host's cookie; a service's name has no underscore, so it never is that of the state's."""
    return f"__Host-trustweb-{service.name}" if _is_secure(service) else f"trustweb-{service.name}"


def _state_cookie(service: ServiceView) -> str:
    return "__Host-trustweb_state" if _is_secure(service) else "trustweb_state"


def _again_cookie(service: ServiceView) -> str:
    return "__Host-trustweb_again" if _is_secure(service) else "trustweb_again"


def _states(header: str, service: ServiceView) -> list[str]:
    sent = cookies.values(header, _state_cookie(service))
    return [each for each in sent if _TOKEN.fullmatch(each)][:_MOST_STATES]


def _set(service: ServiceView, name: str, value: str, life: int | None) -> tuple[str, str]:
    secure = _is_secure(service)
    cookie = dump_cookie(name, value, life, secure=secure, httponly=True, samesite="Lax", sync_expires=False)
    return "Set-Cookie", cookie
