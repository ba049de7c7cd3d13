"""A carrier for benchmarks: takes every text and forgets it."""

from __future__ import annotations

from trustweb.transports import Message, Transport, hookimpl


class Discard(Transport):
    name = "discard"
    label = "Discard"
    method = "text"

    def send(self, message: Message) -> str:
        return message.idempotency_key


@hookimpl
def trustweb_transports():
    return [Discard]
