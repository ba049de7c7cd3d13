"""Workers: take a lease, send, write how it ended.

A worker may die at any line. The lease then runs out, another worker sends the same code again, and
nothing is lost; that is why the row is written before the send and settled only ``WHERE lease = ours``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast
from weakref import WeakSet

from sqlalchemy.exc import SQLAlchemyError

from trustweb.database import Database, retry_later
from trustweb.delivery import hours, outbox, prompts
from trustweb.delivery.apps import Apps
from trustweb.delivery.attempts import Attempt, Attempts, Carrier
from trustweb.delivery.logouts import LOGOUT, Logout
from trustweb.delivery.outbox import Notice
from trustweb.delivery.prompts import PromptNotification
from trustweb.delivery.routes import Routes
from trustweb.transports import DeliveryError, MessageKind
from trustweb.work import Work

log = logging.getLogger(__name__)

_SOON, _PATIENTLY = (2.0, 5.0, 10.0, 20.0, 40.0), (10.0, 60.0, 600.0, 3600.0)
_BACK_OFF = {
    outbox.CODE: _SOON, prompts.PROMPT: _SOON, outbox.NOTICE: _PATIENTLY, outbox.LINK: _PATIENTLY, LOGOUT: _PATIENTLY,
}  # fmt: skip
"""Seconds. People wait for a code; a notice, a link and a logout have a day."""
_TRIES_BEFORE_NEXT = 2
"""A carrier that fails twice is passed over when there is another one; people are waiting."""
_PATIENCE = 1.0
"""Seconds that a worker waits for one message before it turns to the next."""


@contextmanager
def _failures_logged() -> Iterator[None]:
    """Log what goes wrong with one message, and go on: its lease runs out, and a sweep finds the row again."""
    try:
        yield
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", type(error).__name__)  # noqa: TRY400
    except Exception as error:  # noqa: BLE001 - it must end neither other messages' sends nor the thread
        log.error("delivery failed: %s", type(error).__name__)  # noqa: TRY400 - not its words: they may hold a code


class Sender:
    """Sends deliveries."""

    def __init__(
        self,
        database: Database,
        routes: Routes,
        housekeeping: Sequence[Callable[[Work], None]] = (),
        deferred: Sequence[Callable[[Database], None]] = (),
        may_send: Callable[[Work, outbox.Leased], bool] = lambda _work, _leased: True,
        apps: Apps | None = None,
    ) -> None:
        self._database = database
        self._routes = routes
        self._housekeeping = housekeeping
        self._deferred = deferred
        self._may_send = may_send
        self._apps = [apps] if apps else []
        self._attempts = Attempts(database)
        self._under_way: WeakSet[threading.Thread] = WeakSet()

    def deliver(self, delivery_id: int) -> None:
        """Send one message, over one transport after another if need be."""
        with _failures_logged():
            self._conclude_all(self._begin(delivery_id))

    def deliver_patiently(self, delivery_id: int) -> None:
        """As ``deliver``, but a carrier that hangs gets a thread of its own instead of the worker's: other
        carriers' messages would wait behind it."""
        with _failures_logged():
            attempt = self._begin(delivery_id)
            while attempt is not None:
                # An app's answer is never waited for here: anybody's app may be slow.
                if not attempt.answered(within=0 if isinstance(attempt.transport, Apps) else _PATIENCE):
                    self._leave(attempt)
                    return
                attempt = self._conclude(attempt)

    def finish(self) -> None:
        """Wait for the sends that are under way; none takes longer than its lease."""
        for thread in tuple(self._under_way):
            thread.join(self._database.config.lease)

    def _leave(self, attempt: Attempt) -> None:
        def wait_for_it() -> None:
            with _failures_logged():
                self._conclude_all(attempt)

        thread = threading.Thread(target=wait_for_it, daemon=True, name="deliver")
        try:
            thread.start()
        except RuntimeError:  # no more threads; dropped, the outcome would be lost and the message sent again
            wait_for_it()
        else:
            self._under_way.add(thread)

    def _conclude_all(self, attempt: Attempt | None) -> None:
        while attempt is not None:
            attempt = self._conclude(attempt)

    def _begin(self, delivery_id: int) -> Attempt | None:
        """Take the lease and let the first transport that may carry the message send it."""
        # Neither for the lease nor for the outcome do other writers have to wait for the disk: after a power cut that
        # takes them back, the row is due, and the same code is sent again.
        with self._database.writing(durable=False) as work:
            leased = outbox.take(work, delivery_id)
            if leased is None:
                return None
            if _put_off_to_the_day(work, leased):
                return None
            stopped = "" if self._may_send(work, leased) else "site-share"
            carriers = [] if stopped else self._carriers(leased)
            if not carriers:
                reason = stopped or leased.delivery.reason or "no-transport"
                outbox.settle(work, delivery_id, leased.lease, outbox.FAILED, reason=reason)
                return None
            transport = carriers[0]
            outbox.choose(work, delivery_id, leased.lease, transport.name)
        return self._attempts.begin(leased, transport)

    def _carriers(self, leased: outbox.Leased) -> Sequence[Carrier]:
        delivery = leased.delivery
        if isinstance(leased.about, Logout):
            return self._apps
        return self._routes.carriers(delivery.method, cast("MessageKind", delivery.kind), without=delivery.tried)

    def _conclude(self, attempt: Attempt) -> Attempt | None:
        """Wait for the answer and write it down; another attempt when another transport should try at once."""
        error, leased = attempt.error(), attempt.leased
        if error is None:
            state = outbox.DELIVERED if isinstance(attempt.transport, Apps) else outbox.SENT
            with self._database.writing(durable=False) as work:
                outbox.settle(work, leased.delivery.id, leased.lease, state, carrier_id=attempt.carrier_id)
            log.info("sent", extra=attempt.extra)
            return None
        if isinstance(error, DeliveryError):
            log.warning("not sent: %s", error.reason, extra=attempt.extra)
        else:  # only the kind of error: its words may hold the message
            log.error("transport failed: %s", type(error).__name__, extra=attempt.extra)
            error = DeliveryError("transport-error")
        again = self._failed(leased, attempt.transport, error)
        return self._begin(leased.delivery.id) if again else None

    def _failed(self, leased: outbox.Leased, transport: Carrier, error: DeliveryError) -> bool:
        delivery = leased.delivery
        others = [each for each in self._carriers(leased) if each is not transport]
        with self._database.writing() as work:
            if error.gone or (error.permanent and not others):
                ours = outbox.settle(work, delivery.id, leased.lease, outbox.FAILED, reason=error.reason)
                if ours and error.gone and isinstance(leased.about, PromptNotification):
                    prompts.forget_gone(work, delivery.factor_id, leased.about)
                return False
            steps = _BACK_OFF[delivery.kind]
            pause = error.retry_after or steps[min(delivery.attempts, len(steps)) - 1]
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
        """Do what was put off until now, and forget what is too old to matter."""
        for act in self._deferred:
            with retry_later():
                act(self._database)
        for forget in self._housekeeping:
            with self._database.writing() as work:
                forget(work)


def _put_off_to_the_day(work: Work, leased: outbox.Leased) -> bool:
    """A call that can wait does, also when it is tried again, or when the site was away, and by now it is night."""
    delivery, about = leased.delivery, leased.about
    if not isinstance(about, Notice) or delivery.method != "call":
        return False
    wait = (hours.by_day(work.now, about.time_zone) - work.now).total_seconds()
    return wait > 0 and outbox.postpone(
        work, delivery.id, leased.lease, seconds=wait, tried=delivery.tried, reason=delivery.reason or ""
    )
