"""The pages and the card of each kind: a line for each of ``factors.kinds.KINDS``. Templates hold the words."""

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
    """The pages of a kind of factor."""

    bp: Blueprint
    """Its views. The folder of its templates has the blueprint's name, with ``_words.html`` and, for a card,
    ``_card.html``."""
    card: bool = True
    """True when it has a card on the Security page."""
    with_two_factor: bool = False
    """True when the card is shown only while two-factor is on."""

    @property
    def folder(self) -> str:
        """The folder of its templates, named like the blueprint."""
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
"""The kinds by name, in the order of the Security page."""
CARDS = [kind for kind in KINDS.values() if kind.card]


def equip(environment: Environment) -> None:
    """Give every template the kinds' words and cards. Runs after ``words.equip``, whose globals their words use."""
    shared = environment.globals
    words = {name: environment.get_template(f"{kind.folder}/_words.html").module for name, kind in KINDS.items()}
    shared.update(kind_words=words, kind_cards=CARDS)
    shared["kinds"] = environment.get_template("_kinds.html").module
