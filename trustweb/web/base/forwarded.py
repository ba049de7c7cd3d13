"""The client's address, scheme and host of a request, as the trusted proxies report them.

Only the header that the operator names is used, and in it only the values of the trusted proxies, counted from the
right. All other headers and values are under the browser's control.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask

from trustweb.config import Config
from trustweb.web.base import network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)
PEER = "trustweb.peer"
"""The key in the WSGI environment of the connection's own address."""
CLIENT = "trustweb.client"
"""The key in the WSGI environment of what the proxies report: a ``Client``."""
HEADERS = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_VALUE = re.compile(r'"([^"\\]*)"|([^"\\\s]+)')


class Client(NamedTuple):
    """The client, as the farthest trusted proxy reports it; None for what it does not report."""

    address: str | None
    """The address; "" when it cannot be read, so that limits count all such clients as one."""
    scheme: str | None
    """The scheme: http or https."""
    host: str | None


NOTHING = Client(None, None, None)
Reader = Callable[["WSGIEnvironment", int], Client]


def reader(config: Config) -> Reader:
    """Return the function that reads the values of the proxy which is so many hops away."""
    return _in_forwarded if config.forwarded_header == "Forwarded" else _in_x_forwarded


def register(app: Flask, config: Config) -> None:
    """Show the app the address, scheme and host that the trusted proxies report, else those of the connection."""
    inner, read, proxies = app.wsgi_app, reader(config), config.trusted_proxies

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        here = environ[PEER] = environ.get("REMOTE_ADDR") or ""
        client = environ[CLIENT] = read(environ, proxies) if proxies else NOTHING
        environ["REMOTE_ADDR"] = str(network.peer(here) or "") if client.address is None else client.address
        if client.scheme:
            environ["wsgi.url_scheme"] = client.scheme
        if client.host:
            environ["HTTP_HOST"] = client.host
        return inner(environ, start_response)

    app.wsgi_app = outer  # type: ignore[method-assign]


def warn_of_proxies(environ: WSGIEnvironment, config: Config) -> None:
    if not config.trusted_proxies:
        if any(each in environ for each in HEADERS):
            _warn_of_one()
    elif environ[CLIENT].address is None:
        _warn_of_fewer(config.forwarded_header, config.trusted_proxies)


# Logged once per process, not at every request.
@cache
def _warn_of_one() -> None:
    log.warning(
        "A proxy forwards requests, but TRUSTWEB_TRUSTED_PROXIES is 0: everybody seems to come from its address"
    )


# Logged once per process and setting.
@cache
def _warn_of_fewer(header: str, proxies: int) -> None:
    log.warning(
        "%s says less than TRUSTWEB_TRUSTED_PROXIES=%d does: such requests count for the nearest proxy", header, proxies
    )


def _in_x_forwarded(environ: WSGIEnvironment, proxies: int) -> Client:
    address = _from_the_right(environ.get("HTTP_X_FORWARDED_FOR", ""), proxies)
    scheme = _from_the_right(environ.get("HTTP_X_FORWARDED_PROTO", ""), proxies)
    host = _from_the_right(environ.get("HTTP_X_FORWARDED_HOST", ""), proxies)
    return Client(_read(address), _scheme(scheme), host)


def _in_forwarded(environ: WSGIEnvironment, proxies: int) -> Client:
    """Read the header Forwarded of RFC 7239."""
    pairs = _pairs(_from_the_right(environ.get("HTTP_FORWARDED", ""), proxies) or "")
    return Client(_read(pairs.get("for")), _scheme(pairs.get("proto")), pairs.get("host"))


def _read(address: str | None) -> str | None:
    return None if address is None else str(network.parse(address) or "")


def _scheme(said: str | None) -> str | None:
    """Return http or https; None for anything else, such as "on", which other headers use."""
    return _SCHEMES.get(said.strip(" \"':/").lower()) if said else None


def _from_the_right(header: str, count: int) -> str | None:
    # Split at commas, even inside quotes: otherwise a browser could open a quote without closing it, and hide the
    # values that the proxies append.
    values = header.split(",")
    return values[-count].strip() if header.strip() and len(values) >= count else None


def _pairs(element: str) -> dict[str, str]:
    """Return the parameters of an element of Forwarded; none when any part of it is malformed.

    Otherwise somebody who controls one value could also set another one.
    """
    pairs: dict[str, str] = {}
    for part in filter(str.strip, element.split(";")):
        name, _, quoted = (each.strip() for each in part.partition("="))
        value = _VALUE.fullmatch(quoted)
        if value is None or not _NAME.fullmatch(name) or name.lower() in pairs:
            return {}
        pairs[name.lower()] = value[1] if value[2] is None else value[2]
    return pairs
