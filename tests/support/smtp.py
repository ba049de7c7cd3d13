"""The plugin that sends mails, and a mail for it to send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.kit import BOB
from tests.support.vonage_kit import plugin
from trustweb.transports import Message

smtp = plugin("email_smtp")


class ImpatientSmtp(smtp.EmailSmtp):
    timeout = 1.0


def mail(to: str = BOB, *, subject: str = "Grüße", text: str = "Öffnen Sie\n\nhttp://localhost/x\n") -> Message:
    return Message("link", to, text, None, "de", datetime.now(UTC) + timedelta(hours=1), "link-7-1", subject)
