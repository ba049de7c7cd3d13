"""Authorisation requests of apps (OpenID Connect Core 3.1.2.1), read and checked in one fixed order.

First the app, then the address to which the answer goes: until both are right, nobody is sent anywhere. After that
every fault is told to the app.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from trustweb.models import ServiceView
from trustweb.services import listing, policy
from trustweb.work import Refused, Work

SCOPES = ("openid", "profile", "email", "groups", "offline_access")
MAX_SIZE = 8 * 1024
"""Characters of all values together: more are not kept."""
_PROMPTS = {"none", "login", "consent", "select_account"}
_CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_READ = (
    "response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age",
    "id_token_hint", "login_hint", "acr_values", "claims", "code_challenge", "code_challenge_method",
)  # fmt: skip
_UNSUPPORTED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}


class UnknownApp(Refused):
    """No service speaks OpenID Connect under this client id."""


class UnknownRedirect(Refused):
    """The app did not register the address to which the answer would go."""


class RequestTooLong(Refused):
    """The request is longer than what is kept."""


class AppError(Exception):
    """The request is wrong, or cannot be met: the app is told, at the address that it registered.

    Not a Refused: it is the app's fault, and the person sees no page of ours.
    """

    def __init__(self, code: str, description: str, redirect_uri: str = "", state: str | None = None) -> None:
        super().__init__(code)
        self.code, self.description = code, description
        self.redirect_uri, self.state = redirect_uri, state


@dataclass(frozen=True, slots=True)
class AppRequest:
    """The request of an app, with what of it counts."""

    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    nonce: str
    code_challenge: str
    prompt: frozenset[str]
    max_age: int | None
    acr: str | None
    """The least proof without which the app wants no answer (an essential acr)."""
    login_hint: str
    id_token_hint: str
    raw: Mapping[str, str] = field(default_factory=dict)
    """The parameters that were read, to be kept."""

    @property
    def scope(self) -> str:
        return " ".join(self.scopes)


def read(work: Work, pairs: Iterable[tuple[str, str]]) -> tuple[ServiceView, AppRequest]:
    """Read a request. Raises UnknownApp, UnknownRedirect, RequestTooLong or AppError."""
    pairs = list(pairs)
    named = [value for name, value in pairs if name == "client_id"]
    service = listing.by_client(work, named[0]) if len(named) == 1 else None
    if service is None:
        raise UnknownApp
    return service, of_app(service, pairs)


def of_app(service: ServiceView, pairs: Iterable[tuple[str, str]]) -> AppRequest:
    """Read a request of this app, as it was kept. Raises what ``read`` raises."""
    pairs = list(pairs)
    times = Counter(name for name, _ in pairs)
    values = dict(pairs)
    if not service.oidc or values.get("client_id") != service.client_id:  # changed since it was kept
        raise UnknownApp
    redirect_uri = values.get("redirect_uri", "")
    if times["redirect_uri"] != 1 or not is_registered(service, redirect_uri):
        raise UnknownRedirect
    if sum(len(name) + len(value) for name, value in pairs) > MAX_SIZE:
        raise RequestTooLong
    state = values.get("state") if times["state"] == 1 else None
    try:
        return _read(service, values, {name for name, count in times.items() if count > 1})
    except AppError as error:
        raise AppError(error.code, error.description, redirect_uri, state) from None


def is_registered(service: ServiceView, redirect_uri: str) -> bool:
    """Return True if it is, character by character, an address that the operator registered.

    An app without a secret runs on the person's own machine, where its port is a new one each time (RFC 8252).
    """
    if redirect_uri in service.redirect_uris:
        return True
    if not service.public or len(redirect_uri) > 512 or (at := _loopback(redirect_uri)) is None:
        return False
    return any(at == _loopback(each) for each in service.redirect_uris)


def _loopback(uri: str) -> tuple[str, str] | None:
    """Return the host and what follows the port of an http address of this machine; None for any other address."""
    found = re.fullmatch(r"http://(localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(/[^#\\]*)?", uri, re.ASCII)
    return None if found is None else (found[1], found[2] or "")


def _read(service: ServiceView, values: Mapping[str, str], repeated: set[str]) -> AppRequest:
    if repeated:
        raise AppError("invalid_request", "A parameter is there more than once.")
    for name, code in _UNSUPPORTED.items():
        if name in values:
            raise AppError(code, f"The parameter {name} is not supported.")
    if (kind := values.get("response_type", "")) != "code":
        wrong = "unsupported_response_type" if kind else "invalid_request"
        raise AppError(wrong, "The only response_type is code.")
    if values.get("response_mode", "query") != "query":
        raise AppError("invalid_request", "The only response_mode is query.")
    scopes = tuple(each for each in SCOPES if each in values.get("scope", "").split(" "))
    if "openid" not in scopes:
        raise AppError("invalid_scope", "The scope openid is missing.")
    if len(nonce := values.get("nonce", "")) > 512 or "\0" in nonce:
        raise AppError("invalid_request", "The nonce is longer than 512 characters, or no text.")
    return AppRequest(
        redirect_uri=values["redirect_uri"],
        state=values.get("state"),
        scopes=scopes,
        nonce=nonce,
        code_challenge=_code_challenge(service, values),
        prompt=_prompt(values.get("prompt", "")),
        max_age=_max_age(values.get("max_age")),
        acr=essential_acr(values.get("claims")),
        login_hint=values.get("login_hint", "")[:254],
        id_token_hint=values.get("id_token_hint", ""),
        raw={name: values[name] for name in _READ if name in values},
    )


def _code_challenge(service: ServiceView, values: Mapping[str, str]) -> str:
    challenge, method = values.get("code_challenge", ""), values.get("code_challenge_method", "")
    if not challenge and not method and service.pkce == "optional" and not service.public:
        return ""
    if method != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise AppError("invalid_request", "A code_challenge by the method S256 is required (PKCE).")
    return challenge


def _prompt(text: str) -> frozenset[str]:
    prompt = frozenset(text.split())
    if not prompt <= _PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise AppError("invalid_request", "The prompt is none, or of login, consent and select_account.")
    return prompt


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise AppError("invalid_request", "max_age is a number of seconds.")
    return int(text)


def essential_acr(claims: str | None) -> str | None:
    """Return the least proof that the app insists on. Of ``claims`` only an essential acr counts. Raises AppError."""
    if claims is None:
        return None
    try:
        wanted = json.loads(claims)
        asked = (wanted.get("id_token") or {}).get("acr") or {}
        values = [asked["value"]] if "value" in asked else asked.get("values") or []
        essential = bool(asked.get("essential")) and bool(values)
        known = [each for each in policy.NEEDS if each in list(values)]
    except (AttributeError, TypeError, ValueError, RecursionError):
        raise AppError("invalid_request", "The parameter claims is not as OpenID Connect has it.") from None
    if not essential:
        return None
    if not known:
        raise AppError("unmet_authentication_requirements", "No acr of those is known here.")
    return known[0]


def answer(redirect_uri: str, issuer: str, values: Mapping[str, Any], state: str | None) -> str:
    """Return the address of an app with an answer for it, which says who gives it (RFC 9207)."""
    pairs = {**values, **({"state": state} if state is not None else {}), "iss": issuer}
    joint = "&" if "?" in redirect_uri else "?"
    return f"{redirect_uri}{joint}{urlencode(pairs)}"
