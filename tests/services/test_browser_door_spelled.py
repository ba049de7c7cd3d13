"""Requests that no browser writes so, before nginx and Caddy with a site behind the browser door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.support.browser_place import Place, place_of
from tests.support.browser_sites import BrowserCaddy, BrowserNginx, connect


@pytest.fixture(scope="module", params=[BrowserNginx, BrowserCaddy], ids=["nginx", "caddy"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_of(request.param, tmp_path_factory.mktemp("door")) as place:
        yield place


@pytest.mark.parametrize(
    "line",
    [
        "GET /albums HTTP/9.9", "GET /alb ums HTTP/1.1", "GET\t/albums HTTP/1.1", "GET /albums\x00 HTTP/1.1", "GET",
        "GET \\albums HTTP/1.1", "get /albums HTTP/1.1", "GET http://[::1/albums HTTP/1.1", "\x16\x03\x01",
        "GET /../albums HTTP/1.1", "GET //albums HTTP/1.1", "GET /.trustweb/%2e%2e/albums HTTP/1.1",
        "GET /albums#/.trustweb/ HTTP/1.1", "GET /.trustweb/..;/albums HTTP/1.1", "GET /albums?/.trustweb/ HTTP/1.1",
        "TRACE /albums HTTP/1.1",
    ],
)  # fmt: skip
def test_a_malformed_or_crooked_request_reaches_no_site(place: Place, line: str) -> None:
    before, host = len(place.app.requests), urlsplit(place.proxy.origin).netloc
    wire = connect(place.proxy.origin)
    wire.connect()
    with closing(wire):
        wire.sock.sendall(f"{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1"))
        said = b"".join(iter(lambda: wire.sock.recv(65536), b""))

    assert not said.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2", b"album"))
    assert len(place.app.requests) == before
