"""Hints: whom an app expects, by an ID token from before, and the name that it fills in."""

from __future__ import annotations

import pytest

from tests.support import openid
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.relying_party import CALLBACK, SECRET, App, add_service, prove

pytestmark = pytest.mark.slow

# Kits have two accounts, each with the same number: codes of both arrive there.


@pytest.fixture
def app(kit: Kit) -> App:
    kit.account(ALICE, numbers=(MOBILE,))
    kit.account(BOB, numbers=(MOBILE,))
    add_service(kit)
    return App()


def id_token(kit: Kit, app: App, visitor: Visitor) -> str:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": app.verifier}
    form |= {"code": app.told(app.send(visitor))["code"], "client_id": app.client_id, "client_secret": SECRET}
    answer = openid.web(kit, "/token", "POST", data=form)
    return str(answer.json["id_token"])


def test_d3_the_expected_account_goes_through(kit: Kit, app: App) -> None:
    visitor = kit.signed_in()
    hint = id_token(kit, app, visitor)

    assert "code" in app.told(app.send(visitor, id_token_hint=hint, prompt="none"))


def test_d3_another_account_is_an_error_without_pages(kit: Kit, app: App) -> None:
    hint = id_token(kit, app, kit.signed_in())

    told = app.told(app.send(kit.signed_in(BOB), id_token_hint=hint, prompt="none"))
    assert told["error"] == "login_required"


def test_another_account_is_led_to_sign_in(kit: Kit, app: App) -> None:
    hint = id_token(kit, app, kit.signed_in())
    visitor = app.send(kit.signed_in(BOB), id_token_hint=hint)
    visitor.submit("Sign In", account=ALICE, password=PASSWORD)

    assert "code" in app.told(prove(kit, visitor))


@pytest.mark.parametrize("hint", ["x", "e30.e30.", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_a_hint_that_is_not_ours_expects_nobody(kit: Kit, app: App, hint: str) -> None:
    visitor = kit.signed_in()

    assert app.told(app.send(visitor, id_token_hint=hint, prompt="none"))["error"] == "login_required"


def test_a_hint_of_another_app_expects_nobody(kit: Kit, app: App) -> None:
    add_service(kit, "wiki", redirect_uris=["https://wiki.example/cb"])
    visitor = kit.signed_in()
    wiki, hint = App("wiki", "https://wiki.example/cb"), id_token(kit, app, visitor)

    assert wiki.told(wiki.send(visitor, id_token_hint=hint, prompt="none"))["error"] == "login_required"


def test_the_name_of_a_login_hint_is_filled_in(kit: Kit, app: App) -> None:
    visitor = app.send(kit.visitor(), login_hint='alice@example.com"><script>')

    assert visitor.value("Account") == 'alice@example.com"><script>'
