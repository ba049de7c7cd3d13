"""Attempts to send: each is one call of a transport, in a thread of its own and within a time of its own."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from trustweb.database import Database
from trustweb.delivery import messages, prompts
from trustweb.delivery.apps import Apps
from trustweb.delivery.logouts import LOGOUT, Logout
from trustweb.delivery.outbox import Leased
from trustweb.phone_numbers import log_mask
from trustweb.transports import DeliveryError, Transport

_ABANDONED = 8
"""Sends of one transport that may hang beyond their time before it counts as busy."""
_LONGEST_WAIT = 86400.0
"""Seconds. No message lives longer."""


Carrier = Transport | Apps


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that a transport is sending, or what an app is being told."""

    leased: Leased
    transport: Carrier
    answer: Future[str]
    until: float
    """The end of the wait for the answer, on the monotonic clock."""

    def answered(self, within: float) -> bool:
        """Wait for the answer. Return True when it came within so many seconds."""
        try:
            self.answer.exception(within)
        except TimeoutError:
            return False
        return True

    def error(self) -> BaseException | None:
        """Wait for the answer as long as it may take. Return what went wrong, if anything did."""
        try:
            error = self.answer.exception(max(0.0, self.until - time.monotonic()))
        except TimeoutError:
            return DeliveryError("timeout")
        if error is None and not isinstance(self.answer.result(), str):
            # The message is probably on its way: sending it again would be worse.
            return DeliveryError("no-id", permanent=True)
        return _storable(error) if isinstance(error, DeliveryError) else error

    @property
    def carrier_id(self) -> str:
        return _storable_text(self.answer.result(), 128)

    @property
    def extra(self) -> dict[str, Any]:
        """The fields of a log line."""
        delivery = self.leased.delivery
        to = {prompts.PROMPT: "a device", LOGOUT: "an app"}.get(delivery.kind) or log_mask(delivery.destination)
        return {"delivery": delivery.id, "transport": self.transport.name, "to": to}


def _storable(error: DeliveryError) -> DeliveryError:
    """Return the error with what the contract promises; a plugin may have put anything into it."""
    wait = _seconds(error.retry_after)
    reason = _storable_text(error.reason, 64)
    return DeliveryError(reason, permanent=bool(error.permanent), retry_after=wait, gone=bool(error.gone))


def _storable_text(text: object, most: int) -> str:
    """Return text that both databases store: neither half characters nor NUL."""
    return str(text).encode(errors="replace").decode().replace("\0", "?")[:most]


def _seconds(wait: object) -> float | None:
    """Return a time that a carrier asks to wait, at most a day; None when it is not a positive number."""
    try:
        seconds = float(wait)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(seconds) or seconds <= 0 else min(seconds, _LONGEST_WAIT)


class Attempts:
    """The attempts of one process, and how many of each transport may hang."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._slots: dict[str, threading.Semaphore] = {}

    def begin(self, leased: Leased, transport: Carrier) -> Attempt:
        """Let a transport send a message."""
        # The lease has to outlive the send, or a second worker would begin beside us. The limit is ours: a
        # socket's own time-out lets a slow drip go on for ever.
        seconds = min(transport.timeout, self._database.config.lease * 0.8)
        return Attempt(leased, transport, self._send(leased, transport), time.monotonic() + seconds)

    def _send(self, leased: Leased, transport: Carrier) -> Future[str]:
        answer: Future[str] = Future()
        slots = self._slots.setdefault(_slots_of(leased, transport), threading.Semaphore(_ABANDONED))
        if not slots.acquire(blocking=False):
            answer.set_exception(DeliveryError("busy"))
            return answer

        def run() -> None:
            try:
                answer.set_result(self._call(leased, transport))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
                answer.set_exception(error)
            finally:
                slots.release()

        sending = threading.Thread(target=run, daemon=True, name="send")  # a send that hangs must not hold up the end
        try:
            sending.start()
        except RuntimeError:  # no more threads
            slots.release()
            answer.set_exception(DeliveryError("no-thread"))
        return answer

    def _call(self, leased: Leased, transport: Carrier) -> str:
        if isinstance(transport, Apps):
            assert isinstance(leased.about, Logout)
            return transport.send(leased.about)
        return transport.send(messages.compose(self._database.config, self._database.keys, leased))


def _slots_of(leased: Leased, transport: Carrier) -> str:
    """Return whose sends are counted together: those of a transport, or to one app, so that it holds up no other."""
    return f"{transport.name} {leased.about.uri}" if isinstance(leased.about, Logout) else transport.name
