"""Notices: what was told of a change, and the link in it with which a person says that it was not them."""

from __future__ import annotations

import re

from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from trustweb import notices
from trustweb.models import Account
from trustweb.transports import Message

NOT_ME = "This wasn’t me: stop it"
LINK_SPENT = "This link is not good any more"
CHANGES_STOPPED = "Somebody said that a change to your account was not theirs."


def notices_to(kit: Kit, number: str = MOBILE) -> list[Message]:
    """Return the notices that came to a phone or a mailbox, oldest first."""
    return [each for each in kit.messages(number) if each.kind == "notice"]


def notice_text(kit: Kit) -> str:
    """Return all that was told to MOBILE."""
    return "".join(each.text for each in notices_to(kit))


def tell_password_changed(kit: Kit, account: Account, *, after_minutes: int = 0) -> None:
    """Tell the account's owner that the password was changed, without changing it."""
    kit.clock.forward(minutes=after_minutes)
    with kit.core.database.writing(account.id) as work:
        notices.tell(work, account.id, "password_changed")


def not_me_link(kit: Kit, number: str = MOBILE) -> str:
    """Return the path of the link in the newest notice."""
    found = re.search(r"http://localhost:8000(/not-me/\S+)", notices_to(kit, number)[-1].text)
    assert found
    return found[1]


def say_not_me(kit: Kit, account: Account) -> Visitor:
    """Tell of a new password, and say by the link that it was somebody else."""
    tell_password_changed(kit, account)
    return kit.visitor().get(not_me_link(kit)).submit(NOT_ME)
