"""How the factors of each kind are shown: a line for each of ``factors.kinds.KINDS``. Templates hold the words."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from jinja2 import Environment

from trustweb.models import (
    AUTHENTICATOR_APP,
    BACKUP_CODES,
    MAIL_ADDRESS,
    PASSKEY,
    RECOVERY_KEY,
    TRUSTED_DEVICE,
    TRUSTED_NUMBER,
)
from trustweb.web import (
    addresses,
    authenticator_apps,
    backup_codes,
    passkeys,
    recovery_key,
    trusted_devices,
    trusted_numbers,
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    bp: Blueprint
    """Its pages. A folder of templates has the same name; in it are ``_words.html`` and, for a card, ``_card.html``."""
    card: bool = True
    """Whether it has one on the Security page."""
    with_two_factor: bool = False
    """The card is there only while two-factor is on."""

    @property
    def room(self) -> str:
        return self.bp.name


KINDS = {
    TRUSTED_DEVICE: Kind(bp=trusted_devices.bp),
    TRUSTED_NUMBER: Kind(bp=trusted_numbers.bp),
    AUTHENTICATOR_APP: Kind(bp=authenticator_apps.bp),
    PASSKEY: Kind(bp=passkeys.bp),
    RECOVERY_KEY: Kind(bp=recovery_key.bp, with_two_factor=True),
    BACKUP_CODES: Kind(bp=backup_codes.bp, with_two_factor=True),
    MAIL_ADDRESS: Kind(bp=addresses.bp, card=False),
}
"""In the order of the Security page."""
CARDS = [kind for kind in KINDS.values() if kind.card]


def equip(environment: Environment) -> None:
    """Give templates the words and the cards of all kinds, after ``words.equip``."""
    shared = environment.globals
    words = {name: environment.get_template(f"{kind.room}/_words.html").module for name, kind in KINDS.items()}
    shared.update(kind_words=words, kind_cards=CARDS)
    shared["kinds"] = environment.get_template("_kinds.html").module
