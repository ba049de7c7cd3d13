"""The one seam to the library: the token, revocation and introspection endpoints.

Imported at the first request of a service only. Its Flask integration is not used: that takes parameters of a URL for
those of the body, and stores tokens before it consumes a code.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError, InvalidRequestError, OAuth2Error

from trustweb.codes import limits
from trustweb.codes.limits import TooOften
from trustweb.database import Database
from trustweb.services import clients, codes, signing_keys, tokens
from trustweb.services.clients import NONE, Asked, WrongSecret
from trustweb.services.grants import Client, CodeGrant, IdToken, Introspection, Pkce, RefreshGrant, Request, Revocation
from trustweb.work import Work

log = logging.getLogger(__name__)
# At DEBUG it prints tokens.
logging.getLogger("authlib").setLevel(logging.WARNING)
LIMIT = "wrong_client_secrets"
OFF = timedelta(seconds=30)
"""How far the machine's clock may be from the site's time: apps compare ID tokens with their own clocks."""
_NAMES = {"authorization_code": "code", "refresh_token": "refresh_token"}
"""The parameter with what is exchanged, by grant_type."""
_WORDS = {
    "invalid_grant": "The code or token is unknown, or is not this client's.",
    "invalid_scope": "Only scopes that were granted before can be asked for.",
    "unsupported_grant_type": "Only authorization_code and refresh_token are supported.",
}


class Answer(NamedTuple):
    """An answer to an app's server: status, values for JSON, headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


class Unavailable(OAuth2Error):  # type: ignore[misc]
    """Nothing can be signed just now."""

    error = "temporarily_unavailable"
    status_code = 503


class _Server(AuthorizationServer):  # type: ignore[misc]
    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Answer:
        return Answer(status, body, dict(headers))

    def handle_error_response(self, request: object, error: OAuth2Error) -> Answer:
        return refusal(error)

    def send_signal(self, name: str, *args: object, **values: object) -> None:
        """Do nothing: what happens is told nobody by way of the library."""


# Depends on nothing: what differs between requests is in the request.
@cache
def _server() -> _Server:
    server, id_token = _Server(), IdToken()
    server.register_grant(CodeGrant, [Pkce(), id_token])
    server.register_grant(RefreshGrant, [id_token])
    server.register_endpoint(Revocation)
    server.register_endpoint(Introspection)
    return server


def token(database: Database, asked: Asked) -> Answer:
    """Exchange a code or a refresh token for tokens."""
    if not asked.wrong and "grant_type" not in asked.form:
        return refusal(InvalidRequestError("The parameter grant_type is missing."))
    return _answer(database, asked, _server().create_token_response, signs=True)


def revoke(database: Database, asked: Asked) -> Answer:
    """Revoke a token of the service that asks."""
    return _answer(database, asked, partial(_server().create_endpoint_response, "revocation"))


def introspect(database: Database, asked: Asked) -> Answer:
    """Say what a token is."""
    return _answer(database, asked, partial(_server().create_endpoint_response, "introspection"), reads=True)


def _answer(
    database: Database, asked: Asked, act: Callable[[Request], Answer], *, signs: bool = False, reads: bool = False
) -> Answer:
    try:
        return _answered(database, asked, act, signs=signs, reads=reads)
    except WrongSecret as error:
        try:
            _count(database, asked.counted)
        except TooOften as full:
            wait = max(1, math.ceil((full.again_at - database.now()).total_seconds()))
            body = {"error": error.error, "error_description": "Too many wrong secrets came from this address."}
            return Answer(429, body, {"Retry-After": str(wait)})
        return refusal(error)
    except OAuth2Error as error:
        return refusal(error)


def _answered(
    database: Database, asked: Asked, act: Callable[[Request], Answer], *, signs: bool, reads: bool
) -> Answer:
    if asked.wrong:
        raise InvalidRequestError(asked.wrong)
    given, request = clients.given(asked), Request(asked.form)
    with database.reading() as work:
        request.client = Client(clients.identify(work, given))
        request.auth_method = given.method
        if reads and given.method == NONE:
            raise InvalidClientError("Only a service with a secret may ask this.", status_code=401)
        account_id = None if reads else _owner(work, asked.form, signs=signs)
        if account_id is None:  # there is nothing to change: strangers never write
            request.work = work
            return act(request)
    if signs:
        request.client.signer, request.at = signing_keys.current(database), _time(database)
    with database.writing(account_id, asked.origin) as work:
        request.work = work
        answer = act(request)  # commits refusals too: they may have ended a family
    for each in request.afterwards:
        each()
    return answer


def _owner(work: Work, form: dict[str, str], *, signs: bool) -> int | None:
    """Return the account of the code or token that the request is about; None when that is unknown.

    Others that stand in the form do not count: the account is held while its rows change.
    """
    text = form.get(_NAMES.get(form.get("grant_type", ""), "") if signs else "token", "")
    if signs and form.get("grant_type") == "authorization_code":
        code = codes.find(work, text)
        return None if code is None else code.account_id
    known = tokens.find(work, text)
    return None if known is None else known[2]


def _time(database: Database) -> datetime:
    """Return the machine's time, by which apps judge ID tokens. Raises Unavailable when it is wrong."""
    wall = database.wall()
    if abs(wall - database.now()) > OFF:
        log.error("the clock is wrong, so apps cannot be told when anybody signed in")
        raise Unavailable("The clock of this site is wrong.")
    return wall


def _count(database: Database, counted: str) -> None:
    """Count a wrong secret. Raises TooOften. A right one is never refused, since nobody guesses it."""
    rates = database.config.wrong_client_secrets
    with database.reading() as work:
        again_at = limits.full(work, LIMIT, counted, rates)
    if again_at:
        raise TooOften(LIMIT, again_at)
    with database.writing() as work:
        limits.hit(work, LIMIT, counted, rates)


def refusal(error: OAuth2Error) -> Answer:
    """Return the answer to an app's server for an error, always with a description."""
    said = error.description or _WORDS.get(error.error, "The request is refused.")
    headers = {}
    if error.status_code == 401:
        headers["WWW-Authenticate"] = 'Basic realm="services", charset="UTF-8"'
    if error.status_code == 503:
        headers["Retry-After"] = "60"
    return Answer(error.status_code, {"error": error.error, "error_description": said}, headers)
