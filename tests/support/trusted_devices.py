"""Browsers that their owners trust: what they are asked, and what they show."""

from __future__ import annotations

import re

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, Kit

PROMPT = "Your account is being used to sign in"
"""What a trusted browser asks its owner about."""
ENTER_SHOWN_CODE = "Enter the code shown on your trusted devices."
ASKED_TOO_OFTEN = "Your trusted devices were asked too often to be asked now. They are not asked again for"
THREE_DENIED = "Sign-ins were not allowed three times. Somebody knows the password: choose a new one."
NOTIFICATIONS, TURN_OFF_NOTIFICATIONS = "/security/devices/notifications", "Turn off notifications"


def trusted_browser(kit: Kit, name: str = ALICE) -> Visitor:
    """Sign in with a browser, and trust it."""
    visitor = kit.signed_in(name).submit("Trust")
    assert "This browser is trusted." in visitor.text
    return visitor


def code_shown(device: Visitor) -> str:
    """Return the six digits on the page of a trusted browser."""
    return "".join(re.findall(r"<span>(\d{3})</span>", device.body))
