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
    """The properties of every factor of a kind. How one is added, proved and removed is in the kind's own module.

    ``recovery/kinds.py`` says what its loss means and ``web/kinds.py`` how it is shown; both use the same names.
    """

    name: str
    """The value of ``factor.kind``."""
    noun: str
    """The first part of the journal's events: ``passkey`` in ``passkey_added``."""
    view: type[FactorView]
    """The class of this kind's rows, of no other kind. Its fields are columns of ``factor`` or of ``table``."""
    table: type[Any]
    """The kind's own table, with a ``factor_id``."""
    usable: ColumnElement[bool] = field(default=FACTOR_IS_USABLE)
    """The SQL of ``view.is_usable``, over ``factor`` and ``table``."""
    valid_if: ColumnElement[bool] | None = None
    """A condition, besides ``factor.removed_at``, under which the account still has it; None when there is no other.

    It must be true where ``table`` has no row, since all kinds are read with outer joins.
    """
    signs_in: bool = False
    """True when it signs in anywhere and is not used up."""
    single: bool = False
    """True when an account has one at most, and it has no name."""
    single_use: bool = False
    """True for a kind on paper, each of which works once.

    Its removal is stored in ``table`` alone, so that ``factor`` still proves the sessions that it let in.
    """
    export: tuple[InstrumentedAttribute[Any], ...] = ()
    """The kind's own columns in the export of personal data; never a secret."""
    exported_as: str
    """The name of its list in the export of personal data."""


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
        # Not signs_in: trust ends too easily, with the browser's cookies, to be an account's only way to sign in.
        name=TRUSTED_DEVICE, noun="device", view=DeviceView, table=TrustedDevice, usable=DEVICE_IS_USABLE,
        valid_if=or_(TrustedDevice.expires_at.is_(None), TrustedDevice.expires_at > NOW),
        exported_as="trusted_devices",
        export=(TrustedDevice.seen_at, TrustedDevice.address, TrustedDevice.expires_at, TrustedDevice.skips_code),
    ),
    Kind(
        name=RECOVERY_KEY, noun="recovery_key", view=RecoveryKeyView, table=RecoveryKey, single=True, single_use=True,
        usable=RecoveryKey.used_at.is_(None), valid_if=RecoveryKey.removed_at.is_(None),
        exported_as="recovery_keys", export=(RecoveryKey.removed_at, RecoveryKey.used_at),
    ),
    Kind(
        name=BACKUP_CODES, noun="backup_codes", view=BackupCodesView, table=BackupCodes, single=True, single_use=True,
        usable=BackupCodes.codes_left > 0, valid_if=BackupCodes.removed_at.is_(None),
        exported_as="backup_codes", export=(BackupCodes.removed_at, BackupCodes.codes_left),
    ),
    Kind(
        name=MAIL_ADDRESS, noun="address", view=MailAddressView, table=MailAddress, single=True,
        exported_as="mail_addresses", export=(MailAddress.address,),
    ),
)  # fmt: skip
KINDS = {each.name: each for each in _ALL}
"""The kinds by name, in the order in which pages and exports list them."""


def of_view(view: type[FactorView]) -> Kind:
    return next(each for each in KINDS.values() if each.view is view)
