"""``trustweb service test``: we play the app, the browser and the program, over HTTP, and say what is wrong."""

from __future__ import annotations

import base64
import hashlib
import http.client
import http.cookiejar
import json
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

from trustweb.config import Config
from trustweb.models import ServiceView

_PATIENCE = 5
_MOST = 1024 * 1024
_REDIRECTS = 8


@dataclass(frozen=True)
class Found:
    """One thing that was tried, and what to do when it is wrong ("" when it is good)."""

    what: str
    wrong: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    headers: Message
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Unreachable(Exception):
    """Nobody answers, for the reason in words."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Browser:
    """A client that keeps cookies and follows no redirect by itself."""

    def __init__(self) -> None:
        jar = HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = build_opener(ProxyHandler({}), _NoRedirects, jar)

    def get(self, url: str, **headers: str) -> Reply:
        """Ask once. Raises Unreachable."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        parts = urlsplit(url)
        if (parts.hostname or "").endswith(".localhost"):  # browsers know where that is, most resolvers do not
            named["Host"] = parts.netloc
            port = f":{parts.port}" if parts.port else ""
            url = parts._replace(netloc=f"localhost{port}").geturl()
        try:
            with self._opener.open(Request(url, headers=named), timeout=_PATIENCE) as answer:  # noqa: S310
                return Reply(answer.status, answer.headers, answer.read(_MOST))
        except HTTPError as answer:
            return Reply(answer.code, answer.headers, answer.read(_MOST))
        except URLError as error:
            raise Unreachable(_reason(error.reason)) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unreachable(_reason(error)) from None


def _reason(error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    return str(getattr(error, "strerror", None) or error)


def play(config: Config, service: ServiceView, inner: str) -> Iterator[Found]:
    """Try all doors of a service. ``inner``: where proxies reach us."""
    if service.oidc:
        yield from _oidc(config, service)
    if service.browser:
        yield from _browser(config, service)
    if service.program:
        yield from _program(config, service, inner)


def _oidc(config: Config, service: ServiceView) -> Iterator[Found]:
    place = f"{config.origin}/.well-known/openid-configuration"
    try:
        said = _object(Browser().get(place))
        if said.get("issuer") != config.origin:
            yield Found(place, f"it is not ours: set TRUSTWEB_PUBLIC_URL to what people type (now {config.origin})")
            return
        yield Found(place)
        keys = said.get("jwks_uri", "")
        there = _object(Browser().get(keys)).get("keys")
        yield Found(keys, "" if there else "there are no keys: look into the log")
        if service.redirect_uris:  # else it signs nobody in, and only asks about tokens
            yield _authorize(config, service, said.get("authorization_endpoint", ""))
    except Unreachable as error:
        yield Found(place, f"{error}; does the proxy of the account's host hand this on?")


def _object(reply: Reply) -> dict[str, Any]:
    """Read JSON. Raises Unreachable when there is none."""
    if reply.status != 200:
        raise Unreachable(f"it answers {reply.status}")
    try:
        said = json.loads(reply.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Unreachable("it answers with no JSON")
    return said


def _authorize(config: Config, service: ServiceView, place: str) -> Found:
    """Come as somebody whom the app sends, and expect a page of ours and not an error."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    target = service.redirect_uris[0]
    asked = {
        "response_type": "code", "client_id": service.client_id, "redirect_uri": target, "scope": "openid",
        "state": secrets.token_urlsafe(16), "nonce": secrets.token_urlsafe(16), "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    browser, url = Browser(), f"{place}?{urlencode(asked)}"
    for _ in range(_REDIRECTS):
        reply = browser.get(url, Accept="text/html")
        if reply.status == 200:
            return Found(place)
        if not 300 <= reply.status < 400:
            return Found(place, f"it answers {reply.status} and no sign-in page: look into the log")
        url = urljoin(url, reply.location)
        if not url.startswith(f"{config.origin}/"):
            error = parse_qs(urlsplit(url).query).get("error", ["no sign-in page"])[0][:100]
            return Found(place, f"it sends people back with {error!r}: look into the log")
    return Found(place, "it redirects for ever: does the proxy hand cookies on?")


def _browser(config: Config, service: ServiceView) -> Iterator[Found]:
    way = f"{service.origin}/.trustweb/start?to=/"
    try:
        reply = Browser().get(way, Sec_Fetch_Mode="navigate", Accept="text/html")
        ours = urljoin(way, reply.location).startswith(f"{config.origin}/services/{service.name}/enter")
        hint = f"it answers {reply.status} and does not lead to us: let the site's proxy hand /.trustweb/ to Trustweb"
        yield Found(way, "" if ours and 300 <= reply.status < 400 else hint)
        reply = Browser().get(f"{service.origin}/", Sec_Fetch_Mode="cors")
        yield Found(f"{service.origin}/", _guarded(service, reply))
    except Unreachable as error:
        yield Found(way, f"{error}; is the site's proxy there?")


def _guarded(service: ServiceView, reply: Reply) -> str:
    if reply.status < 300:
        return f"it is open to everybody: let the site's proxy ask /auth/browser/{service.name} first"
    if reply.status >= 500:
        return f"it answers {reply.status}: does the site's proxy reach Trustweb, and is it a trusted peer?"
    return ""


def _program(config: Config, service: ServiceView, inner: str) -> Iterator[Found]:
    place = f"{inner}/auth/basic/{service.name}"
    nobody = base64.b64encode(f"test:{secrets.token_hex(8)}".encode()).decode()
    try:
        status = Browser().get(place, Authorization=f"Basic {nobody}").status
        yield Found(place, "" if status == 401 else _WHY.get(status, f"a wrong password gets {status}, and not 401"))
    except Unreachable as error:
        yield Found(place, f"{error}; --inner names the address by which proxies reach Trustweb")
    if config.local:
        return
    outside = f"{config.origin}/auth/basic/{service.name}"
    try:
        open_to_all = Browser().get(outside).status == 401
        hint = "everybody may try passwords here: let the proxy of the account's host answer 404 for /auth/"
        yield Found(f"{outside} (from outside)", hint if open_to_all else "")
    except Unreachable as error:
        yield Found(outside, f"{error}; is the proxy of the account's host there?")


_WHY = {
    403: "this machine is no trusted peer (TRUSTWEB_TRUSTED_PEERS), or too many wrong passwords came from it",
    404: "it is not there: is the site that answers here this one?",
    503: "the database does not answer",
}
