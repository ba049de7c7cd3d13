"""What an account has enrolled: its factors of every kind, in one query. Pages and rules look at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, or_, select

from trustweb.database import Work
from trustweb.models import (
    AUTHENTICATOR_APP,
    MAIL_ADDRESS,
    NOW,
    PASSKEY,
    RECOVERY_KEY,
    TRUSTED_DEVICE,
    TRUSTED_NUMBER,
    AppPassword,
    AppView,
    BackupCodes,
    BackupCodesView,
    DeviceView,
    Factor,
    FactorView,
    NumberView,
    Passkey,
    PasskeyView,
    RecoveryKey,
    RecoveryKeyView,
    SessionView,
    TrustedDevice,
    TrustedNumber,
    columns,
)

_SHARED = columns(FactorView, Factor)
_NUMBER = columns(NumberView, Factor, TrustedNumber)[len(_SHARED) :]
_PASSKEY = columns(PasskeyView, Factor, Passkey)[len(_SHARED) :]
_DEVICE = columns(DeviceView, Factor, TrustedDevice)[len(_SHARED) :]
_ON_PAPER = [RecoveryKey.used_at, BackupCodes.codes_left]
_NUMBER_ENDS = len(_SHARED) + len(_NUMBER)
_PASSKEY_ENDS = _NUMBER_ENDS + len(_PASSKEY)
_DEVICE_ENDS = _PASSKEY_ENDS + len(_DEVICE)
_APP_PASSWORDS = (
    select(func.count())
    .where(AppPassword.account_id == bindparam("account"), AppPassword.revoked_at.is_(None))
    .scalar_subquery()
)
_ALL = (
    select(*_SHARED, *_NUMBER, *_PASSKEY, *_DEVICE, *_ON_PAPER, _APP_PASSWORDS.label("app_passwords"))
    .outerjoin(TrustedNumber, TrustedNumber.factor_id == Factor.id)
    .outerjoin(Passkey, Passkey.factor_id == Factor.id)
    .outerjoin(TrustedDevice, TrustedDevice.factor_id == Factor.id)
    .outerjoin(RecoveryKey, RecoveryKey.factor_id == Factor.id)
    .outerjoin(BackupCodes, BackupCodes.factor_id == Factor.id)
    .where(
        Factor.account_id == bindparam("account"),
        Factor.removed_at.is_(None),
        RecoveryKey.removed_at.is_(None),
        BackupCodes.removed_at.is_(None),
        or_(TrustedDevice.expires_at.is_(None), TrustedDevice.expires_at > NOW),
    )
    .order_by(Factor.id)
)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Oldest first. What was removed, or has expired, is not there."""

    numbers: Sequence[NumberView]
    apps: Sequence[AppView]
    passkeys: Sequence[PasskeyView]
    devices: Sequence[DeviceView]
    address: FactorView | None = None
    """The account's own, once it is proved."""
    app_passwords: int = 0
    """How many there are. They are no factors, and stand here for the Security page."""
    recovery_key: RecoveryKeyView | None = None
    backup_codes: BackupCodesView | None = None

    @property
    def everything(self) -> list[FactorView]:
        return [*self.sign_in_factors, *self.devices]

    @property
    def sign_in_factors(self) -> list[FactorView]:
        """What one can sign in with anywhere, again and again. No devices: trust in a browser is lost too easily. And
        nothing on paper: it is used up."""
        return [*self.numbers, *self.apps, *self.passkeys]

    @property
    def on_paper(self) -> list[FactorView]:
        """What works once, and is not used up."""
        papers = (self.recovery_key, self.backup_codes)
        return [each for each in papers if each is not None and each.is_usable]

    def devices_elsewhere(self, session: SessionView) -> list[DeviceView]:
        """The devices that may show this session's code: none that is the same browser."""
        return [each for each in self.devices if each.in_force and each.browser_hash != session.browser_hash]


def of(work: Work, account_id: int) -> Enrolled:
    numbers: list[NumberView] = []
    apps: list[AppView] = []
    passkeys: list[PasskeyView] = []
    devices: list[DeviceView] = []
    address: FactorView | None = None
    app_passwords = 0
    key: RecoveryKeyView | None = None
    codes: BackupCodesView | None = None
    for row in work.execute(_ALL, {"account": account_id, "now": work.now}):
        shared, app_passwords = row[: len(_SHARED)], row.app_passwords
        if row.kind == TRUSTED_NUMBER:
            numbers.append(NumberView(*shared, *row[len(_SHARED) : _NUMBER_ENDS]))
        elif row.kind == AUTHENTICATOR_APP:
            apps.append(AppView(*shared))
        elif row.kind == PASSKEY:
            passkeys.append(PasskeyView(*shared, *row[_NUMBER_ENDS:_PASSKEY_ENDS]))
        elif row.kind == TRUSTED_DEVICE:
            devices.append(DeviceView(*shared, *row[_PASSKEY_ENDS:_DEVICE_ENDS]))
        elif row.kind == MAIL_ADDRESS:
            address = FactorView(*shared)
        elif row.kind == RECOVERY_KEY:
            key = RecoveryKeyView(*shared, *row[_DEVICE_ENDS : _DEVICE_ENDS + 1])
        else:
            codes = BackupCodesView(*shared, *row[_DEVICE_ENDS + 1 : _DEVICE_ENDS + 2])
    return Enrolled(numbers, apps, passkeys, devices, address, app_passwords, key, codes)
