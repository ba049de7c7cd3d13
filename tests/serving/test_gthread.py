"""The server’s connections: bytes that are no request, and clients that are slow."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest

from tests.support.raw_http import Served, answer, served
from trustweb.gthread import BUSY_DELAY, Worker
from trustweb.gthread.wire import Wire

FORM = b"Content-Type: application/x-www-form-urlencoded"
NOT_HTTP = {
    b"\xff\xfe\r\n\r\n": 400,
    b"GET /invitation/secret\r\n\r\n": 400,
    b"GET / HTTP/9.9\r\n\r\n": 400,
    b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nBad Name: 1\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nExpect: wonders\r\n\r\n": 417,
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n": 414,
    b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n": 431,
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n": 431,
    b"POST / HTTP/1.1\r\nTransfer-Encoding: wonders\r\n\r\n": 501,
}
CHUNKS = (
    b"zz\r\nabc\r\n0\r\n\r\n",
    b"3\r\nabcX\r\n0\r\n\r\n",
    b"3;\xff\r\nabc\r\n0\r\n\r\n",
    b"3\r\nabc\r\n0\r\nHost: x\r\n\r\n",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as site:
        yield site


@contextmanager
def waiting(site: Served, request: bytes, many: int) -> Iterator[list[socket.socket]]:
    """So many clients have said this, and then nothing more."""
    with ExitStack() as stack:
        clients = [stack.enter_context(site.connect()) for _ in range(many)]
        for each in clients:
            each.sendall(request)
        yield clients


@pytest.mark.parametrize("request_", NOT_HTTP, ids=lambda each: each[:24])
def test_what_is_not_http_is_answered_as_everything_is(site: Served, request_: bytes) -> None:
    found = site.ask(request_)

    assert found.status == NOT_HTTP[request_]
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert len(found.headers["x-request-id"]) == 16
    assert "\n" not in found.body.strip()


def test_what_is_not_http_is_a_line_of_the_log_without_what_was_sent(site: Served) -> None:
    found = site.ask(b"GET /invitation/secret\r\n\r\n")

    line = next(each for each in site.logged() if each.get("request") == found.headers["x-request-id"])
    assert (line["message"], line["status"], line["error"]) == ("answered before the app", 400, "InvalidRequestLine")
    assert "secret" not in site.said()


@pytest.mark.parametrize("path", [b"/sign-in", b"/receipts/vonage_sms", b"/forgotten-password"])
@pytest.mark.parametrize("chunk", CHUNKS)
def test_a_bad_chunk_is_a_bad_request(site: Served, path: bytes, chunk: bytes) -> None:
    head = site.request(path, FORM, b"Transfer-Encoding: chunked", method=b"PUT").replace(b"PUT", b"POST")

    assert site.ask(head + chunk).status == 400


def test_eighty_clients_that_keep_their_end_open_hold_up_nobody(site: Served) -> None:
    with waiting(site, site.request(b"/healthz", b"Connection: close"), 80) as clients:
        assert {answer(each).status for each in clients} == {200}

        began = time.monotonic()
        assert site.ask(site.request(b"/healthz")).status == 200
        assert time.monotonic() - began < 60  # two seconds for each of them, before


@pytest.mark.parametrize(
    "begun", [b"G", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-More:", b"POST /forgotten-password HTTP/1.1\r\n"]
)
def test_requests_that_do_not_end_leave_threads_to_others(site: Served, begun: bytes) -> None:
    with waiting(site, begun, 12):
        assert site.ask(site.request(b"/healthz")).status == 200


def test_bodies_that_do_not_end_leave_threads_to_others(site: Served) -> None:
    head = site.request(b"/forgotten-password", FORM, b"Content-Length: 999", method=b"PUT").replace(b"PUT", b"POST")

    with waiting(site, head + b"account=", 12):
        assert site.ask(site.request(b"/healthz")).status == 200


def test_a_request_that_comes_slowly_is_answered(site: Served) -> None:
    request = site.request(b"/healthz", b"X-Long: " + b"a" * 5000)

    with site.connect() as client:
        for at in range(0, len(request), 1000):
            client.sendall(request[at : at + 1000])
            time.sleep(0.05)

        assert answer(client).status == 200


def chunked(site: Served, path: bytes) -> bytes:
    """A request whose end nobody knows in advance: it is with the app before it is whole."""
    return site.request(path, FORM, b"Transfer-Encoding: chunked", method=b"PUT").replace(b"PUT", b"POST")


def test_strangers_whose_passwords_do_not_come_are_told_that_the_site_is_busy(site: Served) -> None:
    begun = chunked(site, b"/sign-in") + b"8\r\naccount="

    with ExitStack() as stack:
        slow, began = [stack.enter_context(waiting(site, begun, 1))[0]], time.monotonic()
        while (refused := site.ask(site.request(b"/sign-in", FORM, method=b"POST", body=b"a=b"))).status != 503:
            slow += stack.enter_context(waiting(site, begun, 1))
            began = time.monotonic()
        assert time.monotonic() - began > BUSY_DELAY * 0.9  # who asks in a loop asks no faster
        assert refused.headers["retry-after"] == "5"
        assert site.ask(site.request(b"/sign-in")).status == 200
        assert 400 in {answer(each).status for each in slow}  # after ten seconds


def test_an_answer_before_the_whole_body_came_closes_the_connection(site: Served) -> None:
    with waiting(site, chunked(site, b"/nothing"), 1) as (client,):
        found = answer(client)

    assert (found.status, found.headers["connection"]) == (404, "close")


def test_a_request_that_does_not_end_is_let_go(site: Served) -> None:
    with waiting(site, b"GET /healthz HTTP/1.1\r\nHost:", 1) as (client,):
        assert client.recv(1) == b""  # after ten seconds


def test_many_that_come_slowly_are_all_answered(site: Served) -> None:
    request = site.request(b"/healthz")

    with waiting(site, request[:20], 12) as clients:
        time.sleep(0.2)
        for each in clients:
            each.sendall(request[20:])

        assert {answer(each).status for each in clients} == {200}


def test_two_requests_at_once_get_two_answers(site: Served) -> None:
    with site.connect() as client, client.makefile("rb") as file:
        client.sendall(site.request(b"/healthz") + site.request(b"/sign-in", FORM, method=b"POST", body=b"account=a"))

        first = list(iter(file.readline, b"\r\n"))
        file.read(next(int(line.split(b":")[1]) for line in first if line.lower().startswith(b"content-length")))
        assert (first[0].split(b" ")[1], file.readline().split(b" ")[1]) == (b"200", b"422")


def test_a_body_that_comes_in_pieces_is_read_whole(site: Served) -> None:
    body = b"account=a&password=" + b"b" * 30_000
    request = site.request(b"/sign-in", FORM, method=b"POST", body=body)

    with site.connect() as client:
        for at in range(0, len(request), 7000):
            client.sendall(request[at : at + 7000])
            time.sleep(0.02)

        assert answer(client).status == 422


def test_a_client_that_reads_nothing_is_given_up() -> None:
    class Impatient(Wire):
        send_timeout = 0.1

    here, there = socket.socketpair()
    with there, Impatient(here, threading.Semaphore()) as wire, pytest.raises(ConnectionResetError):
        wire.sendall(b"a" * 10_000_000)


def test_what_gunicorn_says_is_json_too(site: Served) -> None:
    assert {"level", "logger", "message", "timestamp"} <= set.intersection(*(set(each) for each in site.logged()))


def test_a_worker_that_is_told_to_quit_while_it_hands_a_request_on_does_not_hang() -> None:
    config = SimpleNamespace(worker_int=lambda worker: None)
    with ThreadPoolExecutor(1) as pool:
        worker = SimpleNamespace(tpool=pool, cfg=config, alive=True)

        with pool._shutdown_lock, pytest.raises(SystemExit):
            Worker.handle_quit(worker, signal.SIGINT, None)  # type: ignore[arg-type]

    assert not worker.alive
