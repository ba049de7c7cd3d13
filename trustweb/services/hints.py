"""Hints of apps: an ID token that was issued here says whom the app means, also long after its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from trustweb.models import SigningKey
from trustweb.work import Work

# Also keys that signed last long ago: a hint is good after the end of its ID token.
_KEYS = select(SigningKey.public)


def read(work: Work, hint: str) -> Mapping[str, Any] | None:
    """Return what an ID token of ours says, also one that is over; None when it is not ours."""
    from joserfc import jwt  # few processes of a site are ever asked
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    keys = list(work.execute(_KEYS).scalars())
    if not keys:
        return None
    try:
        token = jwt.decode(hint, KeySet.import_key_set({"keys": keys}), ["RS256"])
    except (JoseError, ValueError):
        return None
    claims, kind = token.claims, token.header.get("typ", "JWT")
    texts = all(isinstance(claims.get(name), str) for name in ("aud", "sid", "sub"))
    # Not a logout token, which apps hear and an app's log may hold.
    return claims if texts and kind == "JWT" and claims.get("iss") == work.config.origin else None
