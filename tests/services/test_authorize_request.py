"""Requests of apps at /authorize: each fault is told to the app, unless nobody knows where the app is."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.kit import Kit
from tests.support.relying_party import CALLBACK, App, add_service
from trustweb.services.app_request import is_registered

STATES = ["", "a b+c&d=e#f", "\r\nSet-Cookie: a=b", "\"'><script>", "ü✓", "x" * 2048]
FAULTS = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": "none"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "profile email"}, "invalid_scope"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ({"request_uri": "https://photos.example/request"}, "request_uri_not_supported"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"max_age": "٣"}, "invalid_request"),
    ({"nonce": "n" * 513}, "invalid_request"),
    ({"nonce": "n\0"}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": '{"id_token": {"acr": {"essential": true, "values": 3}}}'}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"id_token": {"acr": 3}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"values":["of-steel"]}}}'}, "unmet_authentication_requirements"),
]


@pytest.fixture
def app(kit: Kit) -> App:
    add_service(kit)
    return App()


def is_told_nowhere(visitor) -> bool:
    return not visitor.left and visitor.status == 400 and "Location" not in visitor.answer.headers


@pytest.mark.parametrize("client", ["", "photos", "photos-client ", "PHOTOS-CLIENT", "\0", "' OR 1=1 --"])
@pytest.mark.parametrize("more", [{}, {"response_type": "token"}, {"prompt": "none"}])
def test_a1_nobody_is_sent_to_an_app_that_is_unknown(kit: Kit, app: App, client: str, more: dict) -> None:
    visitor = app.send(kit.visitor(), client_id=client, **more)

    assert is_told_nowhere(visitor)


@pytest.mark.parametrize("more", [{}, {"response_type": "token"}, {"prompt": "none"}, {"request": "x"}])
@pytest.mark.parametrize(
    "redirect",
    [
        None, "", "https://evil.example/callback", CALLBACK + "/", CALLBACK + "?", CALLBACK + "#", CALLBACK + "/..;/x",
        CALLBACK.upper(), "https://photos.example:443/callback", "https://photos.example:8443/callback",
        "http://photos.example/callback", "https://photos.example@evil.example/callback",
        "https://photos.example%2eevil.example/callback", "https://photos.example\\@evil.example/callback",
        "https://photos.example/callback%2f..%2fx", "https://photos.example./callback", "https://Photos.example/callback",
        "https://photosaexample/callback", "https://photos.example.evil/callback", "javascript:alert(1)//",
        "//photos.example/callback", " " + CALLBACK, CALLBACK + " ", "https://phötos.example/callback",
    ],
)  # fmt: skip
def test_a2_nobody_is_sent_to_an_address_that_differs(kit: Kit, app: App, redirect: str | None, more: dict) -> None:
    visitor = app.send(kit.visitor(), redirect_uri=redirect, **more)

    assert is_told_nowhere(visitor)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a1_an_app_that_is_named_twice_is_unknown(kit: Kit, app: App, name: str) -> None:
    value = app.parameters()[name]

    assert is_told_nowhere(kit.visitor().get(f"{app.address()}&{urlencode({name: value})}"))


@pytest.mark.parametrize(
    ("uri", "fits"),
    [
        ("http://127.0.0.1:51234/cb", True), ("http://127.0.0.1/cb", True), ("http://127.0.0.1:1/cb/", False),
        ("http://localhost:1/cb", False), ("http://127.0.0.1:1@evil.example/cb", False),
        ("http://127.0.0.1:1\\@evil.example/cb", False),
        ("https://127.0.0.1:1/cb", False), ("http://127.0.0.1:1/cb#a", False), ("http://127.0.0.1:123456/cb", False),
        ("http://127.0.0.1:٣/cb", False), ("http://127.0.0.1:/cb", False), ("http://0.0.0.0:1/cb", False),
    ],
)  # fmt: skip
def test_a3_the_port_of_this_machine_is_free_for_apps_without_a_secret(kit: Kit, uri: str, fits: bool) -> None:
    from dataclasses import replace

    from trustweb.services import listing

    add_service(kit, redirect_uris=["http://127.0.0.1:8000/cb"], public=True)
    with kit.core.database.reading() as work:
        service = listing.by_name(work, "photos")

    assert service is not None
    assert is_registered(service, uri) is fits
    assert not is_registered(replace(service, public=False), uri)


@pytest.mark.parametrize("name", ["scope", "response_type", "state", "nonce", "foo"])
def test_a4_a_parameter_that_is_there_twice_is_refused(kit: Kit, app: App, name: str) -> None:
    visitor = kit.visitor()
    visitor.elsewhere.add("https://photos.example")
    visitor.get(f"{app.address(**{name: 'openid'})}&{name}=openid")

    told = app.told(visitor)
    assert (told["error"], "state" in told) == ("invalid_request", name != "state")


def test_a4_what_nobody_knows_is_ignored(kit: Kit, app: App) -> None:
    visitor = app.send(kit.visitor(), extra="foo", ui_locales="se", display="popup", scope="openid something")

    assert visitor.path.endswith("/sign-in")


@pytest.mark.parametrize(("wrong", "error"), FAULTS)
def test_a5_every_other_fault_is_told_to_the_app(kit: Kit, app: App, wrong: dict, error: str) -> None:
    told = app.told(app.send(kit.visitor(), **wrong))

    assert told["error"] == error
    assert told["error_description"].endswith(".")


@pytest.mark.parametrize("state", STATES)
def test_a6_the_state_comes_back_untouched(kit: Kit, app: App, state: str) -> None:
    told = app.told(app.send(kit.visitor(), state=state, prompt="none"))

    assert told["state"] == state
    assert told["error"] == "login_required"


def test_a7_every_answer_says_who_gives_it(kit: Kit, app: App) -> None:
    assert app.told(app.send(kit.visitor(), prompt="none"))["iss"] == kit.core.config.origin
    assert app.told(app.send(kit.visitor(), response_type="token"))["iss"] == kit.core.config.origin
    assert app.told(app.send(kit.visitor(), state=None, prompt="none")).keys() == {"error", "error_description", "iss"}


def test_a7_an_address_with_a_query_keeps_it(kit: Kit) -> None:
    add_service(kit, redirect_uris=["https://photos.example/callback?at=home"])
    app = App(callback="https://photos.example/callback")
    visitor = app.send(kit.visitor(), redirect_uri="https://photos.example/callback?at=home", prompt="none")

    assert dict(parse_qsl(urlsplit(visitor.left).query))["at"] == "home"
    assert dict(parse_qsl(urlsplit(visitor.left).query))["error"] == "login_required"


def test_a8_an_app_may_post(kit: Kit, app: App) -> None:
    visitor = kit.visitor()
    visitor._visit("POST", "/authorize", list(app.parameters().items()), {"Origin": "https://photos.example"})

    assert visitor.path.endswith("/sign-in")
    assert "Photos" in visitor.text


def test_a9_the_answer_is_303(kit: Kit, app: App) -> None:
    app.send(kit.visitor(), prompt="none")
    visitor = app.send(kit.visitor())

    assert {hop.status for hop in visitor.hops[:-1]} == {303}


def test_a10_no_page_on_the_way_is_framed_or_kept(kit: Kit, app: App) -> None:
    headers = app.send(kit.visitor()).answer.headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"


def test_more_than_8_kib_are_not_kept(kit: Kit, app: App) -> None:
    visitor = app.send(kit.visitor(), state=secrets.token_hex(5000))

    assert is_told_nowhere(visitor)
