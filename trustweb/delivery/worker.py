"""Workers: take a lease, send, write how it ended.

A worker may die at any line. The lease then runs out, another worker sends the same code again, and
nothing is lost; that is why the row is written before the send and settled only ``WHERE lease = ours``.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakSet

from sqlalchemy.exc import SQLAlchemyError

from trustweb import one_time_code
from trustweb.database import Database, Work
from trustweb.delivery import outbox
from trustweb.delivery.messages import code_text
from trustweb.delivery.routes import Routes
from trustweb.phone_numbers import log_mask
from trustweb.transports import DeliveryError, Message, Transport

log = logging.getLogger(__name__)

_BACK_OFF = (2.0, 5.0, 10.0, 20.0, 40.0)
_TRIES_BEFORE_NEXT = 2
"""A carrier that fails twice is passed over when there is another one; people are waiting."""
_PATIENCE = 1.0
"""Seconds that a worker waits for one message before it turns to the next."""
_ABANDONED = 8
"""Sends of one transport that may hang beyond its time before it counts as busy."""


class Sender:
    """Sends deliveries, one at a time and thread."""

    def __init__(self, database: Database, routes: Routes, housekeeping: Sequence[Callable[[Work], None]] = ()) -> None:
        self._database = database
        self._routes = routes
        self._housekeeping = housekeeping
        self._slots: dict[str, threading.Semaphore] = {}
        self._under_way: WeakSet[threading.Thread] = WeakSet()

    def deliver_patiently(self, delivery_id: int) -> None:
        """As ``deliver``, but a carrier that hangs keeps a thread of its own busy and not the worker's:
        other carriers' messages would wait behind it."""
        thread = threading.Thread(target=self.deliver, args=(delivery_id,), daemon=True, name="deliver")
        self._under_way.add(thread)
        thread.start()
        thread.join(_PATIENCE)

    def finish(self) -> None:
        """Wait for the sends that are under way; none takes longer than its lease."""
        for thread in tuple(self._under_way):
            thread.join(self._database.config.lease)

    def deliver(self, delivery_id: int) -> None:
        """Send one message, over one transport after another if need be."""
        try:
            while self._attempt(delivery_id):
                pass
        except SQLAlchemyError as error:
            # The lease runs out, and a sweep finds the row again.
            log.error("the database does not answer: %s", type(error).__name__)  # noqa: TRY400

    def _attempt(self, delivery_id: int) -> bool:
        """One attempt; True when another transport should try at once."""
        with self._database.writing() as work:
            leased = outbox.take(work, delivery_id)
            if leased is None:
                return False
            carriers = self._routes.carriers(leased.delivery.method, without=leased.delivery.tried)
            if not carriers:
                reason = leased.delivery.reason or "no-transport"
                outbox.settle(work, delivery_id, leased.lease, outbox.FAILED, reason=reason)
                return False
            transport = carriers[0]
            outbox.choose(work, delivery_id, leased.lease, transport.name)
        extra = {
            "delivery": delivery_id,
            "transport": transport.name,
            "to": log_mask(leased.delivery.destination),
        }
        try:
            carrier_id = self._send_in_time(transport, self._message(leased))
        except DeliveryError as error:
            log.warning("not sent: %s", error.reason, extra=extra)
            return self._failed(leased, transport, error)
        except Exception as error:  # noqa: BLE001 - a plugin, or a queue, may raise anything
            # Only the kind of error: its words may hold the message.
            log.error("transport failed: %s", type(error).__name__, extra=extra)  # noqa: TRY400
            return self._failed(leased, transport, DeliveryError("transport-error"))
        with self._database.writing() as work:
            outbox.settle(work, delivery_id, leased.lease, outbox.SENT, carrier_id=carrier_id[:128])
        log.info("sent", extra=extra)
        return False

    def _message(self, leased: outbox.Leased) -> Message:
        delivery, config = leased.delivery, self._database.config
        code = one_time_code.derive(leased.challenge, self._database.keys)
        key = f"{leased.challenge.public_id}-{delivery.id}".replace("_", "-")
        return Message(
            kind="code",
            destination=delivery.destination,
            text=code_text(
                config,
                method=delivery.method,
                purpose=leased.challenge.purpose,
                code=code,
                language=delivery.language,
            ),
            code=code,
            language=delivery.language,
            deadline=delivery.deadline,
            idempotency_key=key,
        )

    def _send_in_time(self, transport: Transport, message: Message) -> str:
        """Call ``send`` with a limit on the whole of it: a socket's own time-out lets a slow drip go on for ever."""
        slots = self._slots.setdefault(transport.name, threading.Semaphore(_ABANDONED))
        if not slots.acquire(blocking=False):
            raise DeliveryError("busy")
        answer: queue.SimpleQueue[object] = queue.SimpleQueue()

        def run() -> None:
            try:
                answer.put(transport.send(message))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
                answer.put(error)
            finally:
                slots.release()

        threading.Thread(target=run, daemon=True, name=f"send-{transport.name}").start()
        try:
            # The lease has to outlive the send, or a second worker would begin beside us.
            result = answer.get(timeout=min(transport.timeout, self._database.config.lease * 0.8))
        except queue.Empty:
            raise DeliveryError("timeout") from None
        if isinstance(result, BaseException):
            raise result
        if not isinstance(result, str):  # the message is probably on its way: sending it again would be worse
            raise DeliveryError("no-id", permanent=True)
        return result

    def _failed(self, leased: outbox.Leased, transport: Transport, error: DeliveryError) -> bool:
        delivery = leased.delivery
        others = [t for t in self._routes.carriers(delivery.method, without=delivery.tried) if t is not transport]
        with self._database.writing() as work:
            if error.gone or (error.permanent and not others):
                outbox.settle(work, delivery.id, leased.lease, outbox.FAILED, reason=error.reason)
                return False
            pause = error.retry_after or _BACK_OFF[min(delivery.attempts, len(_BACK_OFF)) - 1]
            too_long = (delivery.deadline - work.now).total_seconds() <= pause
            if error.permanent or (others and (too_long or delivery.attempts >= _TRIES_BEFORE_NEXT)):
                tried = ",".join(filter(None, [delivery.tried, transport.name]))
                return outbox.postpone(
                    work, delivery.id, leased.lease, seconds=0, tried=tried, reason=error.reason, attempts=0
                )
            if too_long:
                outbox.settle(work, delivery.id, leased.lease, outbox.FAILED, reason=error.reason)
                return False
            outbox.postpone(work, delivery.id, leased.lease, seconds=pause, tried=delivery.tried, reason=error.reason)
            return False

    def sweep(self, pool: ThreadPoolExecutor) -> None:
        """Send what is due and nobody was woken for: retries, and what a dead worker or queue left behind."""
        with self._database.reading() as work:
            left_behind = list(outbox.due(work))
        list(pool.map(self.deliver_patiently, left_behind))

    def tidy(self) -> None:
        """Forget what is too old to matter."""
        for forget in self._housekeeping:
            with self._database.writing() as work:
                forget(work)
