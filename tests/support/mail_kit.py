"""Mailboxes of a kit: mails, their links, and addresses that are proved."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.support.http_client import Visitor
from tests.support.kit import Kit
from trustweb.factors import addresses
from trustweb.models import MAIL_ADDRESS, Account, Factor
from trustweb.transports import Message

CONFIRM, USE = "Confirm", "Use this address"
CONFIRMED, SPENT = "Your address is confirmed", "This link is not good any more"


def mails(kit: Kit, address: str) -> list[Message]:
    return kit.messages(address)


def link(kit: Kit, address: str) -> str:
    """Return the path of the link in the newest mail; its host is the site’s own."""
    found = re.search(r"^http://localhost:8000(/\S+)$", mails(kit, address)[-1].text, re.MULTILINE)
    assert found, mails(kit, address)[-1].text
    return found[1]


def proved(kit: Kit, account: Account, *, age: timedelta = timedelta(days=2)) -> None:
    """The account's address was proved a while ago, without pages."""
    with kit.core.database.writing(account.id) as work:
        addresses.prove(work, account.id, account.name)
        factor = work.db.query(Factor).filter_by(account_id=account.id, kind=MAIL_ADDRESS).one()
        factor.added_at = work.now - age
        factor.trusted_from = factor.added_at + timedelta(seconds=work.config.trust_age)


def ask_change(visitor: Visitor, new: str) -> Visitor:
    return visitor.get("/account/address").submit("Send a link", new_e_mail_address=new)
