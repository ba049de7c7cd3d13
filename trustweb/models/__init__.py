"""The tables, one file a noun."""

from trustweb.models.account import Account, AccountView, AnyAccount, Invitation
from trustweb.models.base import Base, Moment, new_public_id
from trustweb.models.challenge import Challenge
from trustweb.models.delivery import Delivery, SeenReceipt
from trustweb.models.factor import Factor, TrustedNumber
from trustweb.models.limit import Limit
from trustweb.models.session import AnySession, KnownBrowser, SessionView, SignInSession
from trustweb.models.site import KeyCheck, Site

__all__ = [
    "Account",
    "AccountView",
    "AnyAccount",
    "AnySession",
    "Base",
    "Challenge",
    "Delivery",
    "Factor",
    "Invitation",
    "KeyCheck",
    "KnownBrowser",
    "Limit",
    "Moment",
    "SeenReceipt",
    "SessionView",
    "SignInSession",
    "Site",
    "TrustedNumber",
    "new_public_id",
]
