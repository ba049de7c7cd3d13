"""Logout tokens: what an app hears when a sign-in has ended, signed (OpenID Connect back-channel logout 1.0)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from trustweb.database import Database
from trustweb.delivery.logouts import Logout
from trustweb.services import id_tokens, signing_keys

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE = timedelta(minutes=2)


def sign(database: Database, logout: Logout) -> str:
    """Return the token for one attempt. By the machine's time, for the app compares it with its own clock."""
    at = database.wall()
    claims = {
        "iss": database.config.origin,
        "aud": logout.client_id,
        "iat": int(at.timestamp()),
        "exp": int((at + LIFE).timestamp()),
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
        "sid": logout.sid,
        "sub": logout.sub,
    }
    return id_tokens.sign(signing_keys.current(database), claims, kind="logout+jwt")
