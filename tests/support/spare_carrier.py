"""A second carrier of texts, for tests that need two."""

from __future__ import annotations

import threading

from trustweb.transports import Message, Transport, hookimpl


class Spare(Transport):
    """Takes what the first one does not; it hangs while its gate is shut."""

    name = "spare_texts"
    label = "Spare Texts"
    method = "text"
    timeout = 0.2

    def __init__(self, context):
        super().__init__(context)
        self.messages: list[Message] = []
        self.answer: object = "taken"
        self.gate = threading.Event()
        self.gate.set()

    def send(self, message: Message) -> str:
        self.gate.wait(60)
        self.messages.append(message)
        return self.answer


@hookimpl
def trustweb_transports():
    return [Spare]
