"""The kinds of factors, each declared once. Whatever treats all kinds alike loops over ``KINDS``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from trustweb.models import (
    AUTHENTICATOR_APP,
    BACKUP_CODES,
    DEVICE_IS_USABLE,
    FACTOR_IS_USABLE,
    MAIL_ADDRESS,
    NOW,
    PASSKEY,
    RECOVERY_KEY,
    TRUSTED_DEVICE,
    TRUSTED_NUMBER,
    AppView,
    AuthenticatorApp,
    BackupCodes,
    BackupCodesView,
    DeviceView,
    FactorView,
    MailAddress,
    MailAddressView,
    NumberView,
    Passkey,
    PasskeyView,
    RecoveryKey,
    RecoveryKeyView,
    TrustedDevice,
    TrustedNumber,
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is true of every factor of a kind. How one is added, proved and removed is in the kind's own module.

    The recovery package says what losing one means, the web package how it is shown; both use the same names.
    """

    name: str
    """As ``factor.kind`` stores it."""
    noun: str
    """With it begin the journal's events: ``passkey_added``."""
    view: type[FactorView]
    """Belongs to this kind alone. Its fields are columns of ``factor`` or of ``table``."""
    table: type[Any]
    """The kind's own table, by ``factor_id``."""
    usable: ColumnElement[bool] = field(default=FACTOR_IS_USABLE)
    """``view.is_usable`` in SQL, over ``factor`` and ``table``."""
    there: ColumnElement[bool] | None = None
    """What must hold, besides ``factor.removed_at``, or the account has it no more. True where ``table`` has no row."""
    signs_in: bool = False
    """One can sign in with it anywhere, again and again."""
    single: bool = False
    """An account has one at most, and it has no name."""
    once: bool = False
    """It is on paper, and used up by its use. Its removal stands in ``table`` alone, so that what it has let in stays
    proved by it."""
    export: tuple[InstrumentedAttribute[Any], ...] = ()
    """The own columns that a person takes away; never one that opens anything."""
    exported_as: str
    """The list's name in what a person takes away."""


_ALL = (
    Kind(
        name=TRUSTED_NUMBER, noun="number", view=NumberView, table=TrustedNumber, signs_in=True,
        exported_as="trusted_numbers",
        export=(TrustedNumber.number, TrustedNumber.region, TrustedNumber.line, TrustedNumber.method),
    ),
    Kind(
        name=AUTHENTICATOR_APP, noun="app", view=AppView, table=AuthenticatorApp, signs_in=True,
        exported_as="authenticator_apps",
    ),
    Kind(
        name=PASSKEY, noun="passkey", view=PasskeyView, table=Passkey, signs_in=True, exported_as="passkeys",
        export=(
            Passkey.credential_id, Passkey.user_verified, Passkey.backed_up, Passkey.backup_eligible,
            Passkey.transports,
        ),
    ),
    Kind(
        # Trust in a browser is lost too easily to sign in with nothing else.
        name=TRUSTED_DEVICE, noun="device", view=DeviceView, table=TrustedDevice, usable=DEVICE_IS_USABLE,
        there=or_(TrustedDevice.expires_at.is_(None), TrustedDevice.expires_at > NOW),
        exported_as="trusted_devices",
        export=(TrustedDevice.seen_at, TrustedDevice.address, TrustedDevice.expires_at, TrustedDevice.skips_code),
    ),
    Kind(
        name=RECOVERY_KEY, noun="recovery_key", view=RecoveryKeyView, table=RecoveryKey, single=True, once=True,
        usable=RecoveryKey.used_at.is_(None), there=RecoveryKey.removed_at.is_(None),
        exported_as="recovery_keys", export=(RecoveryKey.removed_at, RecoveryKey.used_at),
    ),
    Kind(
        name=BACKUP_CODES, noun="backup_codes", view=BackupCodesView, table=BackupCodes, single=True, once=True,
        usable=BackupCodes.codes_left > 0, there=BackupCodes.removed_at.is_(None),
        exported_as="backup_codes", export=(BackupCodes.removed_at, BackupCodes.codes_left),
    ),
    Kind(
        name=MAIL_ADDRESS, noun="address", view=MailAddressView, table=MailAddress, single=True,
        exported_as="mail_addresses", export=(MailAddress.address,),
    ),
)  # fmt: skip
KINDS = {each.name: each for each in _ALL}
"""In the order in which pages and files list them."""


def of_view(view: type[FactorView]) -> Kind:
    return next(each for each in KINDS.values() if each.view is view)
