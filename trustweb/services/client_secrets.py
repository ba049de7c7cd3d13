"""Secrets of apps, of which only a MAC is stored. Without the library, so that commands need not import it."""

from __future__ import annotations

import secrets

from trustweb.keys import KeyRing

_USE = "client secret"


def draw() -> str:
    """Return a new secret, in letters that no client has to escape."""
    return secrets.token_hex(32)


def mac(keys: KeyRing, client_id: str, secret: str) -> str:
    """Return what is stored of a secret. The client is signed too, so that no row's MAC counts for another."""
    return keys.sign(_USE, f"{client_id} {secret}")


def fits(keys: KeyRing, client_id: str, secret: str, stored: str | None) -> bool:
    """Return True if the MAC is this secret's. It takes as long for a client that has none."""
    try:
        right = keys.signed(_USE, f"{client_id} {secret}", stored or f"{keys.newest}:")
    except ValueError:  # its key was taken out of the ring
        return False
    return right and stored is not None
