"""ID tokens: what an app is told of a sign-in, signed (RS256)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from trustweb.services.signing_keys import Signer
from trustweb.services.tokens import Standing

ALGORITHM = "RS256"
LIFE = timedelta(minutes=10)
CLAIMS = ("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid")
"""Those of an ID token, but the person's own id (``sub``)."""


def claims(issuer: str, standing: Standing, at: datetime) -> dict[str, Any]:
    """Return the claims of an ID token, but the nonce and the hash of the access token.

    ``at`` is the machine's time and not the site's, for apps compare it with their own clocks.
    """
    return {
        "iss": issuer,
        "aud": standing.service.client_id,
        "sub": standing.sub,
        "iat": int(at.timestamp()),
        "exp": int((at + LIFE).timestamp()),
        "auth_time": int(standing.auth_time.timestamp()),
        "acr": standing.acr,
        "amr": standing.amr.split(),
        "sid": standing.sid,
    }


def header(signer: Signer) -> dict[str, str]:
    return {"alg": ALGORITHM, "kid": signer.kid}


def sign(signer: Signer, said: dict[str, Any], *, kind: str = "JWT") -> str:
    """Return claims as a signed JWT. ``kind`` is its header's ``typ``."""
    from joserfc import jwt  # few processes of a site sign anything

    return str(jwt.encode(header(signer) | {"typ": kind}, said, signer.key, [ALGORITHM]))
