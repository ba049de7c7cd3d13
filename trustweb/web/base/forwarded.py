"""What the proxies in front say of a request: who asks, by which scheme and which host.

Exactly one header is believed, the one that the operator names, and in it as many values as there are proxies, counted
from the right. All other headers, and all other values, are whatever the browser wants them to be.
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
"""Where the connection itself comes from."""
SAID = "trustweb.said"
HEADERS = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_VALUE = re.compile(r'"([^"\\]*)"|([^"\\\s]+)')


class Said(NamedTuple):
    """By the farthest proxy that is trusted; None for what it does not say."""

    address: str | None
    """Empty when it cannot be read: everybody there is one."""
    scheme: str | None
    """http or https."""
    host: str | None


NOTHING = Said(None, None, None)
Reader = Callable[["WSGIEnvironment", int], Said]


def reader(config: Config) -> Reader:
    """Reads what the proxy says that is so many from here."""
    return _in_forwarded if config.forwarded_header == "Forwarded" else _in_x_forwarded


def believe(app: Flask, config: Config) -> None:
    """Let the app see who asks, and how, as the trusted proxies say; what they do not say, as the connection has it."""
    inner, read, proxies = app.wsgi_app, reader(config), config.trusted_proxies

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        here = environ[PEER] = environ.get("REMOTE_ADDR") or ""
        said = environ[SAID] = read(environ, proxies) if proxies else NOTHING
        environ["REMOTE_ADDR"] = str(network.peer(here) or "") if said.address is None else said.address
        if said.scheme:
            environ["wsgi.url_scheme"] = said.scheme
        if said.host:
            environ["HTTP_HOST"] = said.host
        return inner(environ, start_response)

    app.wsgi_app = outer  # type: ignore[method-assign]


def warn_of_proxies(environ: WSGIEnvironment, config: Config) -> None:
    if not config.trusted_proxies:
        if any(each in environ for each in HEADERS):
            _warn_of_one()
    elif environ[SAID].address is None:
        _warn_of_fewer(config.forwarded_header, config.trusted_proxies)


# Once a process: it would be said at every request.
@cache
def _warn_of_one() -> None:
    log.warning(
        "A proxy forwards requests, but TRUSTWEB_TRUSTED_PROXIES is 0: everybody seems to come from its address"
    )


# Once a process and setting.
@cache
def _warn_of_fewer(header: str, proxies: int) -> None:
    log.warning(
        "%s says less than TRUSTWEB_TRUSTED_PROXIES=%d does: such requests count for the nearest proxy", header, proxies
    )


def _in_x_forwarded(environ: WSGIEnvironment, proxies: int) -> Said:
    address = _from_the_right(environ.get("HTTP_X_FORWARDED_FOR", ""), proxies)
    scheme = _from_the_right(environ.get("HTTP_X_FORWARDED_PROTO", ""), proxies)
    host = _from_the_right(environ.get("HTTP_X_FORWARDED_HOST", ""), proxies)
    return Said(_read(address), _scheme(scheme), host)


def _in_forwarded(environ: WSGIEnvironment, proxies: int) -> Said:
    """RFC 7239."""
    pairs = _pairs(_from_the_right(environ.get("HTTP_FORWARDED", ""), proxies) or "")
    return Said(_read(pairs.get("for")), _scheme(pairs.get("proto")), pairs.get("host"))


def _read(address: str | None) -> str | None:
    return None if address is None else str(network.parse(address) or "")


def _scheme(said: str | None) -> str | None:
    """None for what is no scheme of pages, such as the "on" of other headers."""
    return _SCHEMES.get(said.strip(" \"':/").lower()) if said else None


def _from_the_right(header: str, count: int) -> str | None:
    # Commas alone part the values, quotes do not: with one that it never closes, a browser would swallow what the
    # proxies write behind it.
    values = header.split(",")
    return values[-count].strip() if header.strip() and len(values) >= count else None


def _pairs(element: str) -> dict[str, str]:
    """None at all of one that is not as it must be, so that nobody who has a say in one value has it in another."""
    pairs: dict[str, str] = {}
    for part in filter(str.strip, element.split(";")):
        name, _, quoted = (each.strip() for each in part.partition("="))
        value = _VALUE.fullmatch(quoted)
        if value is None or not _NAME.fullmatch(name) or name.lower() in pairs:
            return {}
        pairs[name.lower()] = value[1] if value[2] is None else value[2]
    return pairs
