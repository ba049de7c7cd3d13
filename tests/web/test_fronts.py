"""Behind nginx, Caddy, HAProxy and Apache, over sockets: what a browser says in headers decides nothing for others, and
it cannot write where it is."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.support.fronts import FRONTS, ForwardedFront, Front
from tests.support.http_client import Visitor
from tests.support.serve import STARTED, Operator
from tests.support.site import Site

HEADERS = [
    "SCRIPT_NAME: //evil.example", "Script_Name: //evil.example", "SCRIPT-NAME: //evil.example",
    "SCRIPT_NAME: /", "PATH_INFO: //evil.example/", "X-Forwarded-Prefix: //evil.example",
    "X-Script-Name: //evil.example", "X-Original-URL: //evil.example/", "X-Forwarded-Host: evil.example",
    "Forwarded: host=evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Ssl: on",
]  # fmt: skip
TARGETS = [
    "//evil.example/", "//evil.example/security", "/\\evil.example", "//", "/security//numbers",
    "http://evil.example/security", "http://evil.example//evil.example/", "/security?a=%0d%0ab",
    "//evil.example/%2e%2e",
]  # fmt: skip
SETTINGS = {
    "TRUSTWEB_PLUGINS": "tests/support/plugins",
    "TRUSTWEB_WRONG_PASSWORDS": "3/300",
    "TRUSTWEB_WRONG_APP_PASSWORDS": "3/300",
}


def head(port: int, target: str, host: str, *headers: str) -> list[str]:
    """The lines of the raw answer, however little of one it is."""
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", ""]
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as line:
        line.sendall("\r\n".join(lines).encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    return answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")


def locations(port: int, target: str, host: str, *headers: str) -> list[str]:
    lines = head(port, target, host, *headers)
    return [each.partition(":")[2].strip() for each in lines if each.lower().startswith("location:")]


@pytest.fixture(scope="module", params=[None, *FRONTS], ids=lambda front: front.program if front else "gunicorn")
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front | Site]:
    """A proxy before a gunicorn of somebody's own, which takes SCRIPT_NAME from 127.0.0.1; or that gunicorn alone."""
    site = Site(tmp_path_factory.mktemp("front") / "instance", SETTINGS, threads=8)
    with ExitStack() as running:
        if request.param is None:
            yield running.enter_context(site)
            return
        proxy = request.param(tmp_path_factory.mktemp("proxy"), site.port)
        site.settings |= {"TRUSTWEB_PUBLIC_URL": proxy.url, "TRUSTWEB_TRUSTED_PROXIES": "1"}
        running.enter_context(site)
        yield running.enter_context(proxy)


def is_ours(location: str, front: Front | Site) -> bool:
    return location.startswith(f"{front.url}/") or (location[:1] == "/" and location[1:2] not in {"/", "\\"})


@pytest.mark.parametrize("target", TARGETS)
def test_no_request_changes_where_everybody_is_sent(front: Front | Site, target: str) -> None:
    host = f"localhost:{front.port}"

    asked = [found for header in HEADERS for found in locations(front.port, target, host, header)]

    assert [each for each in asked if not is_ours(each, front)] == []
    assert locations(front.port, "/security", host) == ["/sign-in"]


@pytest.mark.parametrize("target", TARGETS)
def test_whoever_asks_for_another_host_is_sent_to_ours(front: Front | Site, target: str) -> None:
    asked = [found for header in HEADERS for found in locations(front.port, target, "evil.example", header)]

    assert [each for each in asked if not is_ours(each, front)] == []


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_nobody_gets_more_tries_by_saying_where_they_are(front: Front | Site, header: str) -> None:
    spoken = [f"{'for=' if header == 'Forwarded' else ''}198.51.100.{each}:{40000 + each}" for each in range(4)]
    people = [Visitor(front.url, headers={header: each}).get("/sign-in") for each in spoken]

    answers = [each.submit("Sign In", account="nobody@example.com", password="wrong").status for each in people]

    assert answers[-1] == 429


def test_a_program_behind_a_proxy_is_one_whatever_it_says_in_how_many_lines(front: Front | Site) -> None:
    credentials = "Authorization: Basic " + b64encode(b"nobody@example.com:wrong").decode()
    spoken = [f"X-Forwarded-For: 198.51.100.{each}" for each in range(4)]
    # What the last of them hears last; behind a proxy, that is the proxy's.
    last = "X-Forwarded-For: 203.0.113.8:{}"

    answers = [
        head(front.port, "/auth/basic/mail", "a", credentials, each, last.format(at))[0].split()[1]
        for at, each in enumerate(spoken)
    ]

    assert answers == ["401", "401", "401", "403"]


def test_a_proxy_may_speak_rfc_7239(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = Site(tmp_path_factory.mktemp("rfc") / "instance", SETTINGS | {"TRUSTWEB_TRUSTED_PROXIES": "1"})
    site.settings["TRUSTWEB_FORWARDED_HEADER"] = "Forwarded"
    proxy = ForwardedFront(tmp_path_factory.mktemp("proxy"), site.port)
    site.settings["TRUSTWEB_PUBLIC_URL"] = proxy.url
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": 'for=", for=6.6.6.6'}
    with site, proxy:
        people = [Visitor(proxy.url, headers=lies | {"X-Forwarded-For": f"198.51.100.{each}"}) for each in range(4)]
        answers = [
            each.get("/sign-in").submit("Sign In", account="nobody@example.com", password="wrong").status
            for each in people
        ]

    assert answers == [422, 422, 422, 429]


def test_serve_takes_nothing_from_headers(tmp_path_factory: pytest.TempPathFactory) -> None:
    operator = Operator(tmp_path_factory.mktemp("operator"))
    process = operator.serve()
    process.wait_until(lambda: STARTED in process.output())
    try:
        host = f"localhost:{operator.port}"
        cut = [locations(operator.port, "//evil.example/security", host, each) for each in HEADERS]
        scheme = locations(operator.port, "/security", host, "X-Forwarded-Proto: https", "X-Forwarded-Ssl: off")
        after = locations(operator.port, "/security", host)
    finally:
        process.stop()

    assert [each for each in cut if each] == []  # 404: what is before /security is a part of the path
    assert scheme == after == ["/sign-in"]
