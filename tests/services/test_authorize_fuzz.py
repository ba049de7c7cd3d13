"""Malformed requests of apps that come with browsers, on both databases: nobody gets a code, and nothing breaks."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.browser_door import client_of
from tests.support.kit import MOBILE, Kit
from tests.support.relying_party import CALLBACK, App, add_service

MANY = 5_000
PATHS = ["/authorize"] * 4 + ["/end-session"]
NASTY = ["", " ", "\0", "\x7f", "ö", "\ud800", "🗝", "%00", "'", '"', "\\", "\r\n", "a" * 4000, "none", "login none",
         "-1", "1e9", "٣", "9" * 30, "{}", "[]", "null", "https://evil.example/", "javascript:alert(1)",
         "//evil.example", "code", "openid", "S256", "plain", "<script>", "{{7*7}}", "x" * 43]  # fmt: skip
VALUES = [None, True, 0, 1e308, 10**40, "x", "\0", "\ud800", [], {}, ["two-factor"], [[]], [None], {"value": {}}]
NAMES = ["response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age",
         "id_token_hint", "login_hint", "acr_values", "claims", "code_challenge", "code_challenge_method",
         "post_logout_redirect_uri", "ui_locales", "request", "request_uri", "\0", "ö"]  # fmt: skip
METHODS = ["GET"] * 6 + ["POST"] * 3 + ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]


def claims(chance: random.Random) -> str:
    acr = {name: chance.choice(VALUES) for name in ("essential", "value", "values") if chance.random() < 0.6}
    return json.dumps(chance.choice([{"id_token": {"acr": acr}}, {"id_token": chance.choice(VALUES)}, acr, [acr]]))


def encoded(pairs: list[tuple[str, str]]) -> str:
    return "&".join(
        f"{quote(name, errors='surrogatepass')}={quote(each, errors='surrogatepass')}" for name, each in pairs
    )


def malformed(chance: random.Random, app: App) -> str:
    """The parameters of a request, one to four of them wrong."""
    right = app.parameters(prompt="none")
    for name in chance.choices(NAMES, k=chance.randint(1, 4)):
        right[name] = claims(chance) if name == "claims" else chance.choice(NASTY)
    pairs = list(right.items())
    if chance.random() < 0.2:
        pairs.append(chance.choice(pairs))
    text = encoded(pairs)
    return (
        text if chance.random() < 0.9 else text.replace("%", "%%", 1) + chance.choice(["%", "%zz", "&&=", ";", "\xff"])
    )


def ask(chance: random.Random, client: FlaskClient, text: str) -> TestResponse:
    method, path = chance.choice(METHODS), chance.choice(PATHS)
    form = {"data": text, "content_type": "application/x-www-form-urlencoded"}
    how = form if method == "POST" else {"query_string": text}
    return client.open(path, method=method, base_url="http://localhost:8000", **how)


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_what_is_malformed_leads_to_the_app_that_asks_or_nowhere(racing: Kit) -> None:
    racing.account(numbers=(MOBILE,))
    add_service(racing, logout_redirect_uris=[CALLBACK])
    app, chance, statuses, led = App(), random.Random(16), Counter[int](), set[str]()
    visitor = racing.signed_in()

    for _ in range(MANY):
        answer = ask(chance, client_of(visitor), malformed(chance, app))
        statuses[answer.status_code] += 1
        led.add(re.sub(r"[?].*|(?<=/authorize/).*", "", answer.headers.get("Location", "")))

    assert set(statuses) <= {200, 303, 400, 405, 429}  # 200: a page that asks, or an answer to OPTIONS
    assert led == {"", CALLBACK, "/authorize/", "/end-session"}
    assert visitor.get("/security").path == "/security"
