"""Open registration: a link to the mailbox leads to the page of an invitation.

The answer does not reveal whether an account exists: its address gets a mail too, for the same work.
"""

from __future__ import annotations

from trustweb import accounts, invitations
from trustweb.codes import limits, links
from trustweb.codes.limits import Network
from trustweb.codes.links import EXISTS, REGISTER
from trustweb.delivery import messages
from trustweb.work import Work


def ask(work: Work, typed: str, *, network: Network, language: str) -> None:
    """Send a mail to the address. Raises NameRefused or limits.TooOften."""
    name = accounts.clean_name(typed)
    config, mailbox = work.config, work.keys.digest("mailbox", accounts.name_key(name))
    counts = (
        *limits.of_network("address_links", network, config.address_links),
        ("register_links", mailbox, config.mail_links),
    )
    act = REGISTER if accounts.credentials(work, name) is None else EXISTS
    link = links.send(work, act, name, *counts, language=language)
    if link is not None:
        invitations.make_by_mail(work, messages.link_word(work.keys, link), name, link.expires_at)
