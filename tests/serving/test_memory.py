"""Memory does not grow with what strangers send in cookies, headers and addresses."""

from __future__ import annotations

import gc
import logging
import secrets
import tracemalloc
from urllib.parse import clear_cache

import pytest
from flask.testing import FlaskClient

SIZE = 6000
HEADERS = (
    "Accept-Language", "Authorization", "Cookie", "Forwarded", "Host", "Origin", "Referer", "User-Agent",
    "X-Forwarded-For", "X-Forwarded-Host",
)  # fmt: skip
PATHS = (
    "/sign-in", "/security", "/prompts", "/auth/basic/mail", "/static/0/{}", "/static/{}/icon.svg", "/recovery/{}",
    "/reset/{}", "/invitation/{}", "/not-me/{}", "/nothing/{}", "/sign-in?said={}", "/forgotten-password/ways",
)  # fmt: skip


def send_junk(client: FlaskClient, path: str, header: str) -> None:
    junk = secrets.token_urlsafe(SIZE)
    said = f"trustweb={junk}; trustweb-browser={junk}; trustweb-devices=a.{junk}" if header == "Cookie" else junk
    base = None if header == "Host" else "http://localhost:8000"
    client.open(path.format(junk), base_url=base, headers={header: said, "HX-Request": "true"}).close()


def send_all(client: FlaskClient) -> None:
    for path in PATHS:
        for header in HEADERS:
            send_junk(client, path, header)


def held() -> int:
    clear_cache()  # of the test's own browser
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.slow
def test_junk_is_forgotten_with_its_request(make_kit) -> None:
    client = make_kit(TRUSTWEB_TRUSTED_PROXIES="1").app.test_client(use_cookies=False)
    logging.disable()  # pytest keeps every line
    tracemalloc.start()
    try:
        send_all(client)  # what is loaded once, is loaded now
        before = held()
        send_all(client)
        send_all(client)
        grown = held() - before
    finally:
        tracemalloc.stop()
        logging.disable(logging.NOTSET)

    assert grown < len(PATHS) * SIZE  # of what came in one header, or in one path, not even the half
