"""What the factors of each kind open as long as they are not lost: a line for each of ``factors.kinds.KINDS``."""

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
    second: bool = True
    """It signs in, together with the password."""
    alone: Callable[[Any], bool] = lambda factor: False
    """Whether this one signs in without the password."""
    reachable: Callable[[Any, Collection[str]], bool] = lambda factor, methods: True
    """Whether a code reaches it by one of these methods."""
    ended_by_new_password: bool = False
    renews_password: bool = False
    """It brings a new password, unless it is new itself."""
    effort: int = 0
    """What it costs to add one, for advice: the least first. 0: nobody is advised to."""


KINDS = {
    # Numbers need a friend, passkeys a shop; the others cost nothing but a minute.
    TRUSTED_NUMBER: Kind(reachable=lambda number, methods: bool(set(number.methods) & set(methods)), effort=3),
    AUTHENTICATOR_APP: Kind(),
    # One that asks for a finger, a face or a PIN stands in for both.
    PASSKEY: Kind(alone=lambda passkey: passkey.user_verified, effort=4),
    TRUSTED_DEVICE: Kind(ended_by_new_password=True),
    RECOVERY_KEY: Kind(renews_password=True),
    BACKUP_CODES: Kind(effort=2),
    MAIL_ADDRESS: Kind(second=False, renews_password=True, effort=1),
}
