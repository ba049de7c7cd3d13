"""Carriers for tests, registered through the real hook: they keep what they are given, or fail as they are told."""

from __future__ import annotations

from trustweb.transports import DeliveryError, Message, Transport, hookimpl


class _Recording(Transport):
    carries = frozenset({"code", "notice"})

    def __init__(self, context):
        super().__init__(context)
        self.messages: list[Message] = []
        self.failures: list[DeliveryError | Exception] = []
        """Raised one after the other, before anything is taken."""

    def send(self, message: Message) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.messages.append(message)
        return f"{self.name}-{message.idempotency_key}-{len(self.messages)}"


class Texts(_Recording):
    name = "recording_texts"
    label = "Recorded Texts"
    method = "text"


class Calls(_Recording):
    name = "recording_calls"
    label = "Recorded Calls"
    method = "call"


class Mails(_Recording):
    name = "recording_mails"
    label = "Recorded Mails"
    method = "email"
    carries = frozenset({"notice", "link"})
    plain_only = False
    """As a mail server without SMTPUTF8."""

    def check_destination(self, destination: str) -> None:
        if self.plain_only and not destination.rpartition("@")[0].isascii():
            raise ValueError("no SMTPUTF8")


@hookimpl
def trustweb_transports():
    return [Texts, Calls, Mails]
