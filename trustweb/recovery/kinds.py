"""The part of each kind of factor in signing in and recovery: a line for each of ``factors.kinds.KINDS``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from trustweb.models import (
    AUTHENTICATOR_APP,
    BACKUP_CODES,
    MAIL_ADDRESS,
    PASSKEY,
    RECOVERY_KEY,
    TRUSTED_DEVICE,
    TRUSTED_NUMBER,
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The ways in which factors of a kind let their owner in."""

    second_factor: bool = True
    """True when it signs in together with the password: a second factor."""
    alone: Callable[[Any], bool] = lambda factor: False
    """A function that returns True for a factor that signs in without the password."""
    reachable: Callable[[Any, Collection[str]], bool] = lambda factor, methods: True
    """A function that returns True if a code can be sent to the factor by one of the methods."""
    ended_by_new_password: bool = False
    renews_password: bool = False
    """True when it can reset the password, unless it is new (``lockout.is_new``)."""
    effort: int = 0
    """A rank for advice: of kinds that would help, the one with the least effort is advised. 0: never advised."""


KINDS = {
    # For a second number people need a friend, for a security key a shop; the others cost nothing but a minute.
    TRUSTED_NUMBER: Kind(reachable=lambda number, methods: bool(set(number.methods) & set(methods)), effort=3),
    AUTHENTICATOR_APP: Kind(),
    # A passkey that asks for a finger, a face or a PIN is two factors.
    PASSKEY: Kind(alone=lambda passkey: passkey.user_verified, effort=4),
    TRUSTED_DEVICE: Kind(ended_by_new_password=True),
    RECOVERY_KEY: Kind(renews_password=True),
    BACKUP_CODES: Kind(effort=2),
    MAIL_ADDRESS: Kind(second_factor=False, renews_password=True, effort=1),
}
