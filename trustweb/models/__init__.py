"""The tables and their row views, one file per noun."""

from trustweb.models.account import Account, AccountView, Credentials, Invitation
from trustweb.models.app_password import AppPassword, AppPasswordView
from trustweb.models.authenticator_app import APP_SECRET, AppView, AuthenticatorApp
from trustweb.models.backup_codes import CODES_SECRET, BackupCode, BackupCodes, BackupCodesView
from trustweb.models.base import NOW, Base, Moment, columns, new_public_id
from trustweb.models.challenge import Challenge, ChallengeView
from trustweb.models.delivery import Delivery, DeliveryView, SeenReceipt
from trustweb.models.device import DEVICE_IS_IN_USE, DEVICE_IS_USABLE, PUSH_TO, DeviceView, TrustedDevice
from trustweb.models.factor import (
    AUTHENTICATOR_APP,
    BACKUP_CODES,
    FACTOR_IS_USABLE,
    MAIL_ADDRESS,
    PASSKEY,
    RECOVERY_KEY,
    TRUSTED_DEVICE,
    TRUSTED_NUMBER,
    Factor,
    FactorView,
    NumberView,
    TrustedNumber,
)
from trustweb.models.journal import DeletedAccount, JournalCut, JournalEntry
from trustweb.models.limit import GuessedName, Limit
from trustweb.models.mail import LinkView, MailAddress, MailAddressView, MailLink
from trustweb.models.passkey import Passkey, PasskeyKey, PasskeyView, UsedChallenge
from trustweb.models.recovery import Recovery, RecoveryView
from trustweb.models.recovery_key import KEY_SECRET, NewRecoveryKey, RecoveryKey, RecoveryKeyView
from trustweb.models.service import AccessView, AccountGroup, Service, ServiceAccess, ServiceView
from trustweb.models.service_session import RequestView, ServiceCode, ServiceRequest, ServiceSession, ServiceToken
from trustweb.models.session import KnownBrowser, Proof, SessionView, SignInSession
from trustweb.models.signing_key import SIGNING_KEY, SigningKey
from trustweb.models.site import KeyCheck, Site

__all__ = [
    "APP_SECRET",
    "AUTHENTICATOR_APP",
    "BACKUP_CODES",
    "CODES_SECRET",
    "DEVICE_IS_IN_USE",
    "DEVICE_IS_USABLE",
    "FACTOR_IS_USABLE",
    "KEY_SECRET",
    "MAIL_ADDRESS",
    "NOW",
    "PASSKEY",
    "PUSH_TO",
    "RECOVERY_KEY",
    "SIGNING_KEY",
    "TRUSTED_DEVICE",
    "TRUSTED_NUMBER",
    "AccessView",
    "Account",
    "AccountGroup",
    "AccountView",
    "AppPassword",
    "AppPasswordView",
    "AppView",
    "AuthenticatorApp",
    "BackupCode",
    "BackupCodes",
    "BackupCodesView",
    "Base",
    "Challenge",
    "ChallengeView",
    "Credentials",
    "DeletedAccount",
    "Delivery",
    "DeliveryView",
    "DeviceView",
    "Factor",
    "FactorView",
    "GuessedName",
    "Invitation",
    "JournalCut",
    "JournalEntry",
    "KeyCheck",
    "KnownBrowser",
    "Limit",
    "LinkView",
    "MailAddress",
    "MailAddressView",
    "MailLink",
    "Moment",
    "NewRecoveryKey",
    "NumberView",
    "Passkey",
    "PasskeyKey",
    "PasskeyView",
    "Proof",
    "Recovery",
    "RecoveryKey",
    "RecoveryKeyView",
    "RecoveryView",
    "RequestView",
    "SeenReceipt",
    "Service",
    "ServiceAccess",
    "ServiceCode",
    "ServiceRequest",
    "ServiceSession",
    "ServiceToken",
    "ServiceView",
    "SessionView",
    "SignInSession",
    "SigningKey",
    "Site",
    "TrustedDevice",
    "TrustedNumber",
    "UsedChallenge",
    "columns",
    "new_public_id",
]
