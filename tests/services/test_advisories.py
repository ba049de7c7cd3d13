"""Faults that others' providers and doors had, where no test of a rule holds them already."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.support.browser_door import PHOTOS, arrive, ask, begin, client_of, cookie_of, enter, go
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.openid import CONFIGURATION, EXCHANGE, userinfo, web
from tests.support.racers import HERE
from tests.support.relying_party import CALLBACK, SECRET, App, add_service
from tests.support.service_commands import done

pytestmark = pytest.mark.slow

LIES = {
    "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "a", "Forwarded": "for=a;host=evil.example;proto=https", "X-Real-IP": "a",
    "X-Original-URI": "/auth/browser/wiki", "X-Original-URL": "/security", "X-Rewrite-URL": "/security",
    "X-HTTP-Method-Override": "DELETE", "X-Original-Method": "OPTIONS", "Remote-User": ALICE,
    "User-Agent": "kube-probe/1.31", "Origin": "null", "Referer": "https://evil.example/",
}  # fmt: skip


@pytest.fixture
def alice(kit: Kit) -> Kit:
    kit.account(ALICE, numbers=(MOBILE,))
    add_service(kit, browser=True, origin=PHOTOS)
    return kit


@pytest.mark.parametrize("header", LIES)
def test_no_header_of_a_client_changes_what_an_app_is_told(alice: Kit, header: str) -> None:
    lie, url = {header: LIES[header]}, f"{HERE}{App().address(prompt='none')}"
    nobody, somebody = (go(each, url, headers=lie) for each in (alice.app.test_client(), client_of(alice.signed_in())))

    told = [parse_qs(urlsplit(each.headers["Location"]).query) for each in (nobody, somebody)]
    assert [each.get("error") for each in told] == [["login_required"], None]
    assert {each["iss"][0] for each in told} == {alice.core.config.origin}
    assert web(alice, CONFIGURATION, headers=lie).json["issuer"] == alice.core.config.origin


ASKS: dict[str, Callable[[Kit, dict[str, str]], TestResponse]] = {
    "the door": lambda kit, lie: ask(kit, None, **{name.replace("-", "_"): each for name, each in lie.items()}),
    "its start": lambda kit, lie: go(kit.app.test_client(), f"{PHOTOS}/.trustweb/start?to=/", headers=lie),
    "userinfo": lambda kit, lie: web(kit, "/userinfo", headers=lie),
    "a token": lambda kit, lie: web(kit, "/token", "POST", data={"client_id": "photos-client"}, headers=lie),
    "an introspection": lambda kit, lie: web(kit, "/introspect", "POST", data={"token": "x"}, headers=lie),
    "a sign-out": lambda kit, lie: go(kit.app.test_client(), f"{HERE}/end-session", headers=lie),
}


@pytest.mark.parametrize("trusted", ["", "1"])
@pytest.mark.parametrize("where", ["a", "", ",", "127.0.0.1, a", "::1%a", "a" * 5000, "\xff"])
@pytest.mark.parametrize("who", ASKS)
def test_an_address_that_is_none_breaks_nothing(
    make_kit: Callable[..., Kit], trusted: str, where: str, who: str
) -> None:
    kit = make_kit(TRUSTWEB_TRUSTED_PROXIES=trusted) if trusted else make_kit()
    add_service(kit, browser=True, origin=PHOTOS)

    answer = ASKS[who](kit, {"X-Forwarded-For": where})

    assert answer.status_code in {200, 303, 308, 400, 401, 403, 421}
    assert "Remote-User" not in answer.headers
    assert answer.status_code != 200 or who == "a sign-out"


@pytest.mark.parametrize(
    "path",
    [
        "/security", "/security/numbers", "/account/data", "/security/devices", "//sign-in", "/../sign-in",
        "/%2e%2e/security", "/sign-in/../../security", "/sign-in%2f..%2f..%2fsecurity", "/sign-in/%2e%2e", "/.",
        "/go/", "/go%00", "/GO", "/go;x", "/go%23", "/consent/..;/go",
    ],
)  # fmt: skip
def test_no_path_behind_a_request_leads_to_another_page(alice: Kit, path: str) -> None:
    visitor = App().send(alice.visitor()).submit("Sign In", account=ALICE, password=PASSWORD)
    way = "/".join(visitor.path.split("/")[:3])

    assert go(client_of(visitor), HERE + way + path).status_code in {404, 405}


def test_whoever_gave_the_password_alone_removes_no_factor_on_the_way(alice: Kit) -> None:
    visitor = App().send(alice.visitor()).submit("Sign In", account=ALICE, password=PASSWORD)
    way = "/".join(visitor.path.split("/")[:3])
    owner = alice.signed_in().get("/security/numbers")
    (remove,) = set(re.findall(r"/security/numbers/[\w-]+/remove", owner.body))

    for path in (remove, way + remove):
        visitor.post(path)

    assert "+44 •••• ••••56" in owner.get("/security/numbers").text


def secrets_of(kit: Kit, visitor: Visitor) -> list[str]:
    """Come in by all ways, and return everything that opens something, or opened it."""
    client, app = client_of(visitor), App()
    start = cookie_of(begin(client, PHOTOS))
    way = enter(client, PHOTOS)
    code = app.told(app.send(visitor))["code"]
    own = {"client_id": app.client_id, "client_secret": SECRET, "redirect_uri": CALLBACK}
    tokens = web(kit, "/token", "POST", data=EXCHANGE | own | {"code": code, "code_verifier": app.verifier}).json
    assert userinfo(kit, tokens["access_token"]).status_code == 200
    macs = [tokens[name].rpartition(".")[2] for name in ("access_token", "refresh_token")]
    cookies = [each.partition("=")[2] for each in (start, cookie_of(way.enter))]
    return [code, SECRET, app.verifier, way.ticket.partition("ticket=")[2], tokens["id_token"], *macs, *cookies]


def test_no_page_no_export_and_no_row_shows_what_opens_something(alice: Kit) -> None:
    visitor = alice.signed_in()
    secrets = secrets_of(alice, visitor)
    paths = ["/security", "/security/services", "/security/activity", "/account", "/account/data", "/security/devices"]
    shown = [visitor.get(path).body for path in paths]
    said = [done(alice, "service", *words) for words in (["list", "--json"], ["show", "photos", "--json"])]

    told = "\n".join([*shown, *said, alice.database_text()])

    assert all(len(each) > 40 for each in secrets)
    assert [each for each in secrets if each in told] == []


def test_a_ticket_is_no_code_and_a_code_is_no_ticket(alice: Kit) -> None:
    visitor, app = alice.signed_in(), App()
    client, state = client_of(visitor), begin(client_of(visitor), PHOTOS)
    ticket = arrive(client, state.headers["Location"]).headers["Location"].partition("ticket=")[2]
    code = app.told(app.send(visitor))["code"]
    form = EXCHANGE | {"client_id": app.client_id, "client_secret": SECRET, "redirect_uri": CALLBACK, "code": ticket}

    wrong = web(alice, "/token", "POST", data=form | {"code_verifier": app.verifier})
    assert (wrong.status_code, wrong.json["error"]) == (400, "invalid_grant")
    assert go(client, f"{PHOTOS}/.trustweb/enter?ticket={code}").status_code == 400
    assert go(client, f"{PHOTOS}/.trustweb/enter?ticket={ticket}").status_code == 303
    assert web(alice, "/token", "POST", data=form | {"code_verifier": app.verifier, "code": code}).status_code == 200
