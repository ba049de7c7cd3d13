"""The keys that sign what apps are told: made at the first need, and replaced by ``trustweb key rotate``.

A new key is published at once and signs from a day later, since apps keep the published keys for a while; the old one
is published until the last token that it signed has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from trustweb.database import Database
from trustweb.keys import KeyRing
from trustweb.models import NOW, SIGNING_KEY, Moment, Service, SigningKey, Site
from trustweb.work import Work

AHEAD = timedelta(days=1)
"""The time from which a new key is published until it signs."""
KEPT = timedelta(hours=1)
"""How long a key is published after it signed last: longer than any token lives, for clocks that differ."""
_IN_USE = (
    select(SigningKey.kid, SigningKey.sealed)
    .where(SigningKey.signs_from <= NOW, or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > NOW))
    .order_by(SigningKey.signs_from.desc(), SigningKey.id)
    .limit(1)
)
_PUBLISHED = (
    select(SigningKey.public)
    .where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > bindparam("since", type_=Moment)))
    .order_by(SigningKey.signs_from.desc(), SigningKey.id)
)
_PUT = insert(SigningKey)
_RETIRE = (
    update(SigningKey)
    .where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > bindparam("at", type_=Moment)))
    .values(retired_at=bindparam("at", type_=Moment))
)
_DROP_ALL = delete(SigningKey)
# On PostgreSQL, whoever makes a key waits for whoever makes one just now.
_QUEUE = select(Site.seen_at).with_for_update()
_APPS = select(Service.id).where(Service.oidc).limit(1)


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now: its id, and the library's key."""

    kid: str
    key: Any


def current(database: Database) -> Signer:
    """Return the key that signs now, made when there is none."""
    with database.reading() as work:
        found = work.execute(_IN_USE, {"now": work.now}).first()
    if found is None:
        _make_first(database)
        return current(database)
    return Signer(found.kid, _opened(database.keys, found.sealed))


def published(database: Database) -> list[dict[str, str]]:
    """Return the public keys that apps check tokens with; none before there is an app."""
    with database.reading() as work:
        values = {"since": work.now - KEPT}
        if keys := list(work.execute(_PUBLISHED, values).scalars()):
            return keys
        if work.execute(_APPS).first() is None:
            return []
    _make_first(database)
    return published(database)


def rotate(database: Database, *, at_once: bool = False) -> str:
    """Make a new key, which signs from a day later or at once, and return its id. The first key always signs at once.

    ``at_once``: those before were stolen. They are forgotten, so that no app believes any more what they sign.
    """
    row = _generate(database.keys)
    with database.writing() as work:
        work.execute(_QUEUE)
        if at_once:
            work.execute(_DROP_ALL)
        signs_from = work.now + AHEAD if _is_one_in_use(work) else work.now
        work.execute(_RETIRE, {"at": signs_from})
        work.execute(_PUT, row | {"created_at": work.now, "signs_from": signs_from})
    return str(row["kid"])


def _make_first(database: Database) -> None:
    """Make the first key. Of two processes that do at once, one stores its own, and both use that."""
    row = _generate(database.keys)  # takes its time, so outside the transaction
    with database.writing() as work:
        work.execute(_QUEUE)
        if not _is_one_in_use(work):
            work.execute(_PUT, row | {"created_at": work.now, "signs_from": work.now})


def _is_one_in_use(work: Work) -> bool:
    return work.execute(_IN_USE, {"now": work.now}).first() is not None


def _generate(keys: KeyRing) -> dict[str, Any]:
    from joserfc.jwk import RSAKey  # few processes of a site sign anything

    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    private = key.as_bytes(encoding="DER", private=True)
    return {"kid": key.kid, "public": key.as_dict(private=False), "sealed": keys.seal(SIGNING_KEY, private)}


# Depends on the key ring and the stored key, never on a request. Reading a private key takes a hundred times as long
# as signing with it.
@lru_cache(maxsize=4)
def _opened(keys: KeyRing, sealed: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key
    from joserfc.jwk import RSAKey

    private = load_der_private_key(keys.open(SIGNING_KEY, sealed), password=None)
    assert isinstance(private, RSAPrivateKey)
    return RSAKey.import_key(private)
