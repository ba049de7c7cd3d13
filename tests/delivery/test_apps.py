"""Logouts on their way to apps, which may be slow, gone, wrong or malicious."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.app_listener import AppListener
from tests.support.processes import free_port
from trustweb.delivery.apps import Apps
from trustweb.delivery.logouts import Logout
from trustweb.transports import DeliveryError


class Hurried(Apps):
    timeout = 1.0


def tell(uri: str) -> None:
    Hurried(lambda logout: f"token for {logout.client_id}").send(Logout(uri, "photos", "sid", "sub"))


@pytest.fixture
def app() -> Iterator[AppListener]:
    with AppListener() as app:
        yield app


def test_it_is_one_post_of_a_form(app: AppListener) -> None:
    tell(app.uri)

    assert app.heard == [{"logout_token": "token for photos", "path": "/logout?tenant=a"}]
    assert app.headers[0]["Content-Type"] == "application/x-www-form-urlencoded"
    assert app.headers[0]["Host"] == f"127.0.0.1:{app.port}"


@pytest.mark.parametrize("status", [200, 204])
def test_an_app_that_has_understood_is_told(app: AppListener, status: int) -> None:
    app.answers = [status]

    tell(app.uri)

    assert len(app.heard) == 1


@pytest.mark.parametrize(("status", "final"), [(201, False), (400, True), (404, False), (429, False), (500, False)])
def test_other_answers_are_failures(app: AppListener, status: int, final: bool) -> None:
    app.answers = [status]

    with pytest.raises(DeliveryError, match=f"^http-{status}$") as refused:
        tell(app.uri)

    assert refused.value.permanent == final


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(app: AppListener, status: int) -> None:
    app.answers, app.location = [status], f"http://127.0.0.1:{app.port}/elsewhere"

    with pytest.raises(DeliveryError, match=f"^http-{status}$"):
        tell(app.uri)

    assert len(app.heard) == 1


def test_a_huge_answer_is_not_read_to_its_end(app: AppListener) -> None:
    app.body = b"x" * 100_000_000
    began = time.monotonic()

    tell(app.uri)

    assert time.monotonic() - began < 1


def test_an_answer_that_drips_is_cut_off(app: AppListener) -> None:
    app.drips = True
    began = time.monotonic()

    with pytest.raises(DeliveryError, match="timeout"):
        tell(app.uri)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_app_that_says_nothing_is_given_up(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DeliveryError, match="timeout"):
        tell(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/")


def test_an_app_that_is_away_is_told_later() -> None:
    with pytest.raises(DeliveryError, match="unreachable") as away:
        tell(f"http://127.0.0.1:{free_port()}/")

    assert not away.value.permanent


def test_an_app_whose_certificate_nobody_vouches_for_hears_nothing(certificate: Path) -> None:
    with AppListener(certificate) as app:
        with pytest.raises(DeliveryError, match="tls") as refused:
            tell(app.uri)

        assert not app.heard
        assert not refused.value.permanent


def test_a_certificate_for_another_host_does_not_count(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with AppListener(certificate) as app, pytest.raises(DeliveryError, match="tls"):
        tell(app.uri.replace("127.0.0.1", "localhost"))


def test_an_authority_of_the_operator_counts(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with AppListener(certificate) as app:
        tell(app.uri)

        assert len(app.heard) == 1


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "file:///etc/passwd", "ftp://127.0.0.1/", "", "http://"])
def test_only_web_addresses_are_asked(uri: str) -> None:
    with pytest.raises(DeliveryError, match="not-a-web-address") as refused:
        tell(uri)

    assert refused.value.permanent


def test_what_is_no_http_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(answer_nonsense, server)

        with pytest.raises(DeliveryError, match="no-http"):
            tell(f"http://127.0.0.1:{server.getsockname()[1]}/")


def answer_nonsense(server: socket.socket) -> None:
    with server.accept()[0] as peer:
        peer.recv(4096)
        peer.sendall(b"SSH-2.0-nonsense\r\n\r\n")
