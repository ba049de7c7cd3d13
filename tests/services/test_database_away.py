"""The database is away, or its disk is full, at each step of the way to an app: 503, and the step works later."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.broken_database import away, full
from tests.support.browser_door import client_of, go
from tests.support.kit import MOBILE, Kit
from tests.support.openid import EXCHANGE, REFRESH, userinfo, web
from tests.support.racers import HERE, csrf
from tests.support.relying_party import CALLBACK, SECRET, App, add_service

pytestmark = pytest.mark.slow


class Way:
    """Somebody on the way to an app, at each of its steps at once."""

    def __init__(self, kit: Kit) -> None:
        kit.account(numbers=(MOBILE,))
        add_service(kit)
        self.kit, self.app, visitor = kit, App(), kit.signed_in()
        self.client: FlaskClient = client_of(visitor)
        self.tokens = self.post("token", **self.exchange()).json
        self.form = self.exchange()
        visitor.elsewhere.add("https://photos.example")
        self.ways = [visitor.get(self.app.address(prompt="consent")).path for _ in range(2)]
        self.csrf = csrf(visitor)
        self.silent = self.client.post("/authorize", base_url=HERE, data=self.app.parameters()).headers["Location"]

    def exchange(self) -> dict[str, str]:
        led = go(self.client, f"{HERE}{self.app.address()}").headers["Location"]
        code = led.partition("code=")[2].partition("&")[0]
        return EXCHANGE | {"code": code, "redirect_uri": CALLBACK, "code_verifier": self.app.verifier}

    def post(self, path: str, **form: str) -> TestResponse:
        own = {"client_id": self.app.client_id, "client_secret": SECRET}
        return web(self.kit, f"/{path}", "POST", data=own | form)

    def press(self, path: str) -> TestResponse:
        return go(self.client, HERE + path, method="POST", data={"csrf_token": self.csrf})


WRITES: dict[str, Callable[[Way], TestResponse]] = {
    "asking": lambda way: go(way.client, f"{HERE}{way.app.address()}"),
    "asking by a form": lambda way: way.client.post("/authorize", base_url=HERE, data=way.app.parameters()),
    "going": lambda way: go(way.client, f"{HERE}{way.silent}/go"),
    "consenting": lambda way: way.press(f"{way.ways[0]}/consent"),
    "cancelling": lambda way: way.press(f"{way.ways[1]}/cancel"),
    "the code": lambda way: way.post("token", **way.form),
    "a refresh": lambda way: way.post("token", **REFRESH, refresh_token=way.tokens["refresh_token"]),
    "revoking": lambda way: way.post("revoke", token=way.tokens["refresh_token"]),
}
READS: dict[str, Callable[[Way], TestResponse]] = {
    "userinfo": lambda way: userinfo(way.kit, way.tokens["access_token"]),
    "introspection": lambda way: way.post("introspect", token=way.tokens["access_token"]),
    "a page": lambda way: go(way.client, HERE + way.ways[0]),
    "signing out": lambda way: go(way.client, f"{HERE}/end-session"),
    "the keys": lambda way: web(way.kit, "/.well-known/jwks.json"),
}


@pytest.mark.parametrize("step", WRITES | READS)
def test_while_the_database_is_away_it_is_503_and_nothing_is_lost(kit: Kit, step: str) -> None:
    way, act = Way(kit), (WRITES | READS)[step]
    with away(kit):
        there = act(way)

    assert there.status_code == 503
    assert "Location" not in there.headers
    assert act(way).status_code in {200, 303}


@pytest.mark.parametrize("step", WRITES)
def test_on_a_full_disk_it_is_503_and_nothing_is_lost(kit: Kit, step: str) -> None:
    way, act = Way(kit), WRITES[step]
    with full(kit):
        there = act(way)

    assert there.status_code == 503
    assert "Location" not in there.headers
    assert act(way).status_code in {200, 303}


@pytest.mark.parametrize("step", READS)
def test_what_is_only_read_is_answered_on_a_full_disk(kit: Kit, step: str) -> None:
    way = Way(kit)

    with full(kit):
        assert READS[step](way).status_code == 200
