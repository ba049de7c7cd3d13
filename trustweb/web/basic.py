"""``/auth/basic/<service>``, where proxies check a program's app-specific password (HTTP Basic).

Answered before Flask, since it runs at every request of every program: no session, no cookie, no body is read. The
guards of pages do not apply, and any Host is accepted, since a proxy may call us by any name. Instead, only trusted
peers are answered: those at the other end of the connection.
"""

from __future__ import annotations

import base64
import logging
import string
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trustweb.codes.limits import TooOften
from trustweb.core import Core
from trustweb.services import programs
from trustweb.services.programs import Caller, NotInItsGroups, UnknownService, WrongAppPassword
from trustweb.web.base import forwarded, network, peers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)
PATH = "/auth/basic/"
PLAIN = string.punctuation.replace("%", "")
Answer = tuple[str, list[tuple[str, str]]]


def answer_proxies(app: Flask, core: Core) -> None:
    """Answer the checks of app-specific passwords, by wrapping the app's WSGI callable."""
    inner, endpoint = app.wsgi_app, _Endpoint(core)

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # With SCRIPT_NAME, which some servers take from a header and cut off: a proxy that keeps strangers away from
        # our path matches the whole path, and a stranger could otherwise pass it by putting something in front.
        path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        if not path.startswith(PATH):
            return inner(environ, start_response)
        status, headers = endpoint.answer(environ, path.removeprefix(PATH))
        start_response(status, [("Cache-Control", "no-store"), ("Content-Length", "0"), *headers])
        return []

    app.wsgi_app = outer  # type: ignore[method-assign]


class _Endpoint:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._read_forwarded = forwarded.reader(core.config)
        self._is_trusted = peers.trusted(core.config)

    def answer(self, environ: WSGIEnvironment, service: str) -> Answer:
        # The address of the connection itself, not of a forwarded header.
        peer = environ[forwarded.PEER]
        if not self._is_trusted(peer):
            peers.warn()
            return "403 FORBIDDEN", []
        try:
            name = self._check(environ, peer, service)
        except UnknownService:
            return "404 NOT FOUND", []
        except WrongAppPassword:
            # RFC 7617. The proxy passes it on to the program, which then asks the person for a password.
            return "401 UNAUTHORIZED", [("WWW-Authenticate", f'Basic realm="{service}", charset="UTF-8"')]
        except (TooOften, NotInItsGroups):  # nginx's auth_request passes on 401 and 403 only
            return "403 FORBIDDEN", []
        except (DBAPIError, PoolTimeout) as error:
            kind = type(getattr(error, "orig", error)).__name__
            log.error("the database refuses", extra={"error": kind})  # noqa: TRY400
            return "503 SERVICE UNAVAILABLE", [("Retry-After", "5")]
        # Some programs read a header as Latin-1, and ö as two letters. Remote-User-Encoded is for them: it is ASCII
        # alone, and every % in it begins an escape.
        encoded = quote(name, safe=PLAIN)
        return "200 OK", [("Remote-User", name.encode().decode("latin-1")), ("Remote-User-Encoded", encoded)]

    def _check(self, environ: WSGIEnvironment, peer: str, service: str) -> str:
        given = credentials(environ.get("HTTP_AUTHORIZATION", ""))
        if given is not None:
            return programs.check(self._core.database, service, *given, self._caller(environ, peer))
        raise WrongAppPassword if programs.exists(self._core.database, service) else UnknownService

    def _caller(self, environ: WSGIEnvironment, peer: str) -> Caller:
        """Return the program's address as the trusted peer says it: the header's last value, which no client wrote."""
        reported = self._read_forwarded(environ, 1).address
        address = str(network.peer(peer) or "") if reported is None else reported
        return Caller(address, partial(network.counted, self._core.keys))


def credentials(header: str) -> tuple[str, str] | None:
    """Return the user name and the password of an HTTP Basic header; None when it has none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        said = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        return None
    try:
        text = said.decode("utf-8")
    except UnicodeDecodeError:  # older programs know no charset="UTF-8"
        text = said.decode("latin-1")
    user, colon, password = text.partition(":")
    return (user, password) if colon else None
