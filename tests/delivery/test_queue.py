"""The threads that a process keeps for its messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tests.support.kit import Kit
from tests.support.outgoing import newest, queued


def workers() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name.startswith("Worker")}


def test_threads_that_wait_end_when_they_are_told_and_can_begin_anew(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_SWEEP="60")  # so long they would wait
    before, began = workers(), time.monotonic()
    for _ in range(3):
        kit.core.queue.start()
        assert len(workers() - before) == kit.core.config.worker_threads
        kit.core.queue.stop()
        assert workers() == before

    assert time.monotonic() - began < 50


def test_a_message_wakes_a_thread_that_waits(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_SWEEP="60")  # it is not found by a sweep
    kit.core.queue.start()
    began = time.monotonic()
    queued(kit)

    while newest(kit).state != "sent":
        assert time.monotonic() - began < 50
        time.sleep(0.01)
    kit.core.queue.stop()
