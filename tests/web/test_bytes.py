"""Bytes that are not ASCII or not UTF-8, in every header, address and body: a plain answer, and no traceback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.raw_http import Served, served

BYTES = (
    b"\xff", b"\xe9t\xe9", "é".encode(), b"\xed\xa0\x80", "😀".encode(), b"\x80=\xff; \xc3", b'"\\377\\303"', b"%ff%fe",
    b"%00", b"%ed%a0%80", "²".encode("latin-1"), b"===", b"x" * 4000,
)  # fmt: skip
HEADERS = (
    b"Accept", b"Accept-Encoding", b"Accept-Language", b"Authorization: Basic", b"Authorization: Bearer",
    b"Content-Type: multipart/form-data; boundary=", b"Content-Type: text/plain; charset=", b"Cookie: trustweb=",
    b"Cookie: trustweb-browser=", b"Cookie: trustweb-devices=", b"Cookie: trustweb-devices=a.", b"Forwarded",
    b"HX-Boosted", b"HX-Current-URL", b"HX-Target", b"Host", b"If-None-Match", b"Origin", b"Range", b"Referer",
    b"Sec-Fetch-Site", b"User-Agent", b"X-CSRFToken", b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Forwarded-Proto",
    b"X-Request-Id",
)  # fmt: skip
RECEIPTS = (b"/receipts/handset", b"/receipts/vonage_sms", b"/receipts/vonage_voice")
DOORS = (
    b"/prompts?shown=",
    b"/auth/basic/mail",
    b"/static/0/icon.svg",
    b"/sign-in",
    b"/healthz",
    b"/service-worker.js",
    b"/authorize?client_id=",
    b"/auth/browser/photos",
    b"/userinfo",
    b"/end-session?id_token_hint=",
)
APPS = (b"/token", b"/introspect", b"/authorize", b"/end-session")
TAILS = (
    b"/authorize/",
    b"/services/",
    b"/auth/browser/",
    b"/static/0/",
    b"/recovery/",
    b"/not-me/",
    b"/auth/basic/",
    b"/",
)
TYPES = (b"application/x-www-form-urlencoded", b"application/json", b"multipart/form-data; boundary=x", b"")
POLL = (b"HX-Request: true", b"Cookie: trustweb-devices=a.b")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as site:
        yield site


def answers_plainly(site: Served, path: bytes, *lines: bytes, method: bytes = b"GET", body: bytes = b"") -> None:
    found = site.ask(site.request(path, *lines, method=method, body=body))

    assert found.status < 500, (path, lines, body)
    assert "default-src 'none'" in found.headers["content-security-policy"], (path, lines, body)
    assert len(found.headers["x-request-id"]) == 16, (path, lines, body)


def leaves_no_trace(site: Served) -> None:
    assert not [line for line in site.logged() if "exc_info" in line or line.get("status", 0) == 500]


@pytest.mark.slow
@pytest.mark.parametrize("header", HEADERS)
def test_in_a_header(site: Served, header: bytes) -> None:
    line = header + b" " if b":" in header else header + b": "
    for bad in BYTES:
        for path in DOORS:
            answers_plainly(site, path, line + bad, b"HX-Request: true")
        for path in RECEIPTS:
            answers_plainly(site, path, line + bad, method=b"POST", body=b"a=b")
    leaves_no_trace(site)


@pytest.mark.slow
@pytest.mark.parametrize("path", [*DOORS, *RECEIPTS, *TAILS])
def test_in_an_address(site: Served, path: bytes) -> None:
    for bad in (each.replace(b" ", b"") for each in BYTES):
        answers_plainly(site, path + bad, *POLL)
        answers_plainly(site, path + bad + b".js", *POLL)
        answers_plainly(site, path + b"?shown=" + bad + b"&" + bad + b"=1", *POLL)
    leaves_no_trace(site)


@pytest.mark.slow
@pytest.mark.parametrize("path", [*RECEIPTS, b"/sign-in", b"/sign-in/passkey", b"/forgotten-password", *APPS])
@pytest.mark.parametrize("kind", TYPES)
def test_in_a_body(site: Served, path: bytes, kind: bytes) -> None:
    for bad in BYTES:
        signed = b"sig=" + bad + b"&signature=" + bad + b"&id=" + bad + b"&" + bad + b"=1&messageId=1&status=delivered"
        for body in (bad, signed, b'{"sig":"' + bad + b'","id":"\\ud800"}', b'{"\\ud800":"\\ud800","sig":"\\ud800"}'):
            answers_plainly(site, path, b"Content-Type: " + kind, method=b"POST", body=body)
    leaves_no_trace(site)
