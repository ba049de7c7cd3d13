"""Clients, each of which proves by exactly one method that it is a service. Imported with the library."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from trustweb.models import ServiceView
from trustweb.services import client_secrets, listing
from trustweb.work import Origin, Work

BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"
_ID = re.compile(r"[\x21-\x7e]{1,32}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of an app's server as the web read it."""

    form: dict[str, str]
    """The parameters of its body, each once."""
    authorization: str
    """The header, or ""."""
    counted: str
    """The subject of limits for its address."""
    origin: Origin
    wrong: str = ""
    """What is wrong with its form, if anything: no part of it counts then."""


@dataclass(frozen=True, slots=True)
class Given:
    """The id and the secret with which a client says who it is, and by which method."""

    method: str
    client_id: str
    secret: str = field(default="", repr=False)


class WrongSecret(InvalidClientError):  # type: ignore[misc]
    """The secret is wrong; such tries are counted."""


def identify(work: Work, given: Given) -> ServiceView:
    """Return the service that asks. Raises InvalidClientError; WrongSecret when a secret was wrong."""
    found = listing.by_client(work, given.client_id) if _ID.fullmatch(given.client_id) else None
    status = 401 if given.method == BASIC else 400
    if given.method != NONE:
        macs = [found.secret_mac, found.older_secret_mac] if found is not None and not found.public else []
        if not any(client_secrets.fits(work.keys, given.client_id, given.secret, each) for each in macs or [None]):
            raise WrongSecret("The client or its secret is wrong.", status_code=status)
    elif found is None or not found.public:
        raise InvalidClientError("The client has to prove itself by its secret.", status_code=status)
    assert found is not None
    return found


def given(asked: Asked) -> Given:
    """Read who asks. Raises InvalidRequestError when there are two methods, InvalidClientError when there is none."""
    client_id, secret = asked.form.get("client_id", ""), asked.form.get("client_secret")
    if asked.authorization:
        basic = _basic(asked.authorization)
        if secret is not None or client_id not in {"", basic.client_id}:
            raise InvalidRequestError("The client proves itself in two ways at once.")
        return basic
    if not client_id:
        raise InvalidClientError("The request does not say which client asks.", status_code=401)
    return Given(NONE, client_id) if secret is None else Given(POST, client_id, secret)


def _basic(header: str) -> Given:
    """Read HTTP Basic, of which both parts are form-encoded (RFC 6749, 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
        client_id, colon, secret = text.partition(":")
        if colon:
            return Given(BASIC, unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict"))
    except ValueError:
        pass
    raise InvalidClientError("The header Authorization is no HTTP Basic.", status_code=401)
