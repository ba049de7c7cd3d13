"""A forgotten password: the ways that everybody is offered, the link, the new password."""

from __future__ import annotations

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, Kit
from tests.support.mail_kit import link

NEW_PASSWORD = "staple battery horse"
SEND_LINK, USE_RECOVERY_KEY = "Send a link to my mailbox", "Use my recovery key"
NEW_PASSWORD_COUNTS = "Your new password counts from now on. Sign in with it."


def forgot_password(kit: Kit, name: str = ALICE, visitor: Visitor | None = None) -> Visitor:
    """Go to the page with the ways to a new password, which looks alike for every name."""
    visitor = visitor or kit.visitor()
    return visitor.get("/sign-in").follow("Forgot your password?").submit("Continue", account=name)


def reset_link(kit: Kit) -> str:
    """Ask for the link by mail, and return its path."""
    forgot_password(kit).submit(SEND_LINK)
    return link(kit, ALICE)


def set_new_password(kit: Kit, path: str, new: str = NEW_PASSWORD) -> Visitor:
    return kit.visitor().get(path).submit("Set the password", new_password=new)
