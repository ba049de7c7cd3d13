"""The sentences about a limit that is reached: which one it was, and when it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import get_template_attribute

from tests.support.kit import Kit
from trustweb.codes.limits import TooOften

AGAIN = "Please try again in 2 hours."
MAILS = "Several mails were sent just now. Please look for the newest, or try again in 2 hours."
CODES = "No more codes can be sent to this number now. Please try again in 2 hours, or use another number."


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("account_links", MAILS),
        ("reset_links", MAILS),
        ("address_links", f"Many mails were asked for from your network just now. {AGAIN}"),
        ("address_links/near", f"Many mails were asked for from your network just now. {AGAIN}"),
        ("site_own_links", f"This site can send no more mails now. {AGAIN}"),
        ("site_own_links/2", f"This site can send no more mails now. {AGAIN}"),
        ("number_sends", CODES),
        ("account_sends", f"You asked for many codes to new numbers already. {AGAIN}"),
        ("address_sends", f"Many codes were asked for from your network just now. {AGAIN}"),
        ("site_unproved/4", f"This site can send no more codes now. {AGAIN}"),
        (
            "stranger_codes",
            "Many codes were sent for this account already. Please use the newest, or try again in 2 hours.",
        ),
        ("recovery_passwords/known", f"There were too many wrong passwords. {AGAIN}"),
    ],
)
def test_each_limit_says_what_happened_too_often(kit: Kit, limit: str, said: str) -> None:
    with kit.app.test_request_context():
        sentence = get_template_attribute("_refusals.html", "sentence")

        assert sentence(TooOften(limit, kit.clock.now + timedelta(hours=2))) == said
