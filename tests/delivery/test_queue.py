"""The threads that a process keeps for its messages."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from queue import SimpleQueue

import pytest

from tests.support import threads
from tests.support.chance import says
from tests.support.kit import MOBILE, Kit
from tests.support.outgoing import newest, queued
from trustweb.config import ConfigError
from trustweb.delivery.in_memory import InMemory
from trustweb.delivery.on_server import OnServer
from trustweb.delivery.queue import Backend, Queue
from trustweb.delivery.worker import Sender

pytest_plugins = ["tests.support.fixtures"]


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


@pytest.fixture(params=["memory", *(pytest.param(each, marks=pytest.mark.services) for each in ("redis", "postgres"))])
def queue_url(request: pytest.FixtureRequest) -> str:
    return "memory:" if request.param == "memory" else request.getfixturevalue(request.param).new_database()


def test_a_message_wakes_a_thread_that_waits(make_kit: Callable[..., Kit], queue_url: str) -> None:
    kit = make_kit(TRUSTWEB_SWEEP="60", TRUSTWEB_QUEUE_URL=queue_url)  # it is not found by a sweep
    kit.core.queue.start()
    began = time.monotonic()
    queued(kit)

    while newest(kit).state != "sent":
        assert time.monotonic() - began < 50
        time.sleep(0.01)
    kit.core.queue.stop()


@pytest.fixture
def sweeping(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit(TRUSTWEB_SWEEP="1")


def test_the_sweep_goes_on_after_any_fault_and_says_nothing_of_it(sweeping: Kit, logged: list[str]) -> None:
    tried = SimpleQueue[object]()

    def fail(*touched: object) -> bool:
        tried.put(touched[-1])
        raise RuntimeError(f"leak {MOBILE}")

    queued(sweeping)
    core = sweeping.core
    queue = Queue(core.config, b"", Sender(core.database, core.routes, [fail], may_send=fail))
    queue.start()

    for _ in range(4):
        assert tried.get(timeout=60)  # the message, then the housekeeping, and both again
    queue.stop()
    assert {line.partition(":")[0] for line in logged} == {"delivery failed", "sweep failed"}
    assert not says("".join(logged), "leak")


# A server that does not answer


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of a server that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_a_request_goes_on_without_a_queue_that_does_not_answer(
    make_kit: Callable[..., Kit], mute: int, scheme: str
) -> None:
    kit = make_kit(TRUSTWEB_QUEUE_URL=f"{scheme}://127.0.0.1:{mute}/0")
    began = time.monotonic()

    queued(kit)
    kit.deliver()

    assert newest(kit).state == "sent"
    assert time.monotonic() - began < 50


@pytest.mark.parametrize("url", ["redis://127.0.0.1:notaport/0", "redis://[::1/0", "postgresql://%zz/queue"])
def test_a_queue_that_nobody_can_connect_to_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ConfigError, match="TRUSTWEB_QUEUE_URL must be like"):
        OnServer(url, b"secret", print)


# No more threads


def test_a_start_that_fails_halfway_leaves_no_threads(kit: Kit) -> None:
    before, queue = workers(), Queue(kit.core.config, b"", kit.core.sender)
    with ExitStack() as stack:

        class Last(InMemory):
            def start(self, threads_: int) -> None:
                super().start(threads_)
                stack.enter_context(threads.none_left())

        queue._backend = Last(kit.core.sender.deliver)
        with pytest.raises(RuntimeError):
            queue.start()

    assert workers() == before


@pytest.mark.parametrize("backend", [InMemory(print), OnServer("redis://127.0.0.1:1/0", b"secret", print)])
def test_a_backend_that_could_not_start_can_be_stopped_and_says_why(backend: Backend) -> None:
    with threads.none_left(), pytest.raises(RuntimeError, match="thread"):
        backend.start(2)

    backend.stop()


# In memory


def test_a_thread_goes_on_after_a_fault_and_says_nothing_of_the_message(logged: list[str]) -> None:
    sent: SimpleQueue[int] = SimpleQueue()

    def deliver(number: int) -> None:
        if number == 1:
            raise RuntimeError(f"leak {MOBILE}")
        sent.put(number)

    queue = InMemory(deliver)
    queue.start(1)
    queue.put(1)
    queue.put(2)

    assert sent.get(timeout=60) == 2
    queue.stop()
    assert "delivery failed: RuntimeError" in logged[0]
    assert not says("".join(logged), "leak")


def test_what_waits_behind_a_send_is_not_begun_once_the_end_has_come() -> None:
    begun: SimpleQueue[int] = SimpleQueue()
    gate = threading.Event()
    queue = InMemory(lambda number: (begun.put(number), gate.wait(60)))  # type: ignore[arg-type,return-value]
    queue.start(1)
    for number in (1, 2, 3):
        queue.put(number)
    assert begun.get(timeout=60) == 1
    threading.Timer(0.1, gate.set).start()

    queue.stop()

    assert begun.empty()


def test_messages_that_nobody_here_sends_are_not_remembered() -> None:
    sent: SimpleQueue[int] = SimpleQueue()
    queue = InMemory(sent.put)
    queue.put(1)
    queue.start(1)
    queue.put(2)

    assert sent.get(timeout=60) == 2
    queue.stop()
