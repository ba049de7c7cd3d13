"""The session cookie: Flask's ``session``, signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import cast

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from trustweb.config import Config
from trustweb.keys import KeyRing
from trustweb.web.base import cookies


def name_for(config: Config) -> str:
    return "__Host-trustweb" if config.secure else "trustweb"


class SessionCookie(SessionInterface):
    """Flask's session interface with only what we need, since it runs at every request.

    The cookie contains no time: a new one would be refused after the clock was set back a little. Sign-in ends with the
    session's row instead.
    """

    def __init__(self, name: str, keys: KeyRing) -> None:
        self._name = name
        # The last key signs. Each is a subkey for this use alone, so the signer need not derive one for every cookie.
        newest_last = keys.subkeys("session cookie")[::-1]
        self._signer = Signer(newest_last, key_derivation="none", digest_method=hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        # The first one that we signed, so that a cookie of the same name from a sibling domain does not hide it.
        found = map(self.read, cookies.values(cookies.sent(), self._name))
        return SecureCookieSession(next(filter(None, found), {}))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed:
            response.headers.add("Vary", "Cookie")
        if session.modified:
            cookies.keep(response, self._name, self.write(session) if session else "", None if session else 0)

    def read(self, cookie: str) -> dict[str, str]:
        """Return the values of a cookie; none when we did not sign it."""
        try:
            body = self._signer.unsign(cookie.encode("ascii", "replace"))
        except BadSignature:
            return {}
        return cast("dict[str, str]", json.loads(base64_decode(body).decode()))

    def write(self, session: Mapping[str, str]) -> str:
        return self._signer.sign(base64_encode(json.dumps(dict(session)))).decode()
