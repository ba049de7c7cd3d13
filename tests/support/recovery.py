"""Account recovery through the pages: the wait, the link at its end, the new password."""

from __future__ import annotations

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, PASSWORD, Kit
from tests.support.mail_kit import link
from tests.support.password_reset import NEW_PASSWORD
from tests.support.sign_in import enter_password

RECOVERY_ASKED = "Somebody asked to recover your account"


def start_wait(kit: Kit) -> Visitor:
    """Start Alice's recovery with her password and without her phone."""
    visitor = enter_password(kit).get("/sign-in/recovery").submit("Start the wait")
    assert "You get your account back on" in visitor.text
    return visitor


def run_for(kit: Kit, hours: int) -> None:
    """Let hours go by, in each of which the site tidies up and sends what is due."""
    for _ in range(hours):
        kit.clock.forward(hours=1)
        kit.core.sender.tidy()
        kit.deliver()


def recovery_link(kit: Kit) -> str:
    """Ask for the link when the wait is over, and return its path."""
    enter_password(kit).get("/sign-in/recovery").submit("Send me the link")
    return link(kit, ALICE)


def finish_recovery(kit: Kit, path: str, password: str = PASSWORD) -> Visitor:
    return kit.visitor().get(path).submit("Continue", current_password=password, new_password=NEW_PASSWORD)


def count_messages(kit: Kit, place: str, words: str) -> int:
    """Count the messages with these words that came to a phone or a mailbox."""
    return sum(words in each.text for each in kit.messages(place))
