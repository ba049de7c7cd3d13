"""The conditions of a service on the way there: proof, its age, groups, and what the app itself insists on."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.relying_party import App, add_service, prove
from trustweb.models import AccountGroup, Service

pytestmark = pytest.mark.slow

LESS = {"TRUSTWEB_TWO_FACTOR": "optional"}


@pytest.fixture
def alice(kit: Kit) -> Kit:
    kit.account(ALICE, numbers=(MOBILE,))
    return kit


def change(kit: Kit, **columns: object) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(Service).where(Service.name == "photos").values(**columns))


def essential(acr: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": [acr]}}})


def test_d2_prompt_login_asks_although_one_is_signed_in(alice: Kit) -> None:
    add_service(alice)
    app, visitor = App(), alice.signed_in()
    alice.clock.forward(seconds=1)

    app.send(visitor, prompt="login")
    assert "Photos wants to be sure that it is you" in visitor.text
    assert "code" in app.told(prove(alice, visitor))


@pytest.mark.parametrize(("age", "asks"), [("60", True), ("3600", False), ("0", True)])
def test_d2_max_age_counts_from_the_last_proof(alice: Kit, age: str, asks: bool) -> None:
    add_service(alice)
    app, visitor = App(), alice.signed_in()
    alice.clock.forward(minutes=10)
    app.send(visitor, max_age=age)

    assert bool(visitor.left) is not asks
    assert "code" in app.told(prove(alice, visitor) if asks else visitor)


@pytest.mark.parametrize(
    ("columns", "more", "error"),
    [
        ({}, {"prompt": "none", "max_age": "60"}, "interaction_required"),
        ({"groups": ["family"]}, {"prompt": "none"}, "access_denied"),
        ({"within": 60}, {"prompt": "none"}, "interaction_required"),
        ({"needs": "passkey"}, {"prompt": "none"}, "interaction_required"),
        ({"asks_consent": True}, {"prompt": "none"}, "consent_required"),
        ({}, {"prompt": "none", "scope": "openid offline_access"}, "consent_required"),
    ],
)
def test_d3_prompt_none_shows_no_page(alice: Kit, columns: dict, more: dict, error: str) -> None:
    add_service(alice, **columns)
    app, visitor = App(), alice.signed_in()
    alice.clock.forward(minutes=10)

    assert app.told(app.send(visitor, **more))["error"] == error


def test_d3_nobody_is_signed_in(kit: Kit) -> None:
    add_service(kit)
    app = App()

    assert app.told(app.send(kit.visitor(), prompt="none"))["error"] == "login_required"


def test_d3_half_signed_in_is_not_signed_in(alice: Kit) -> None:
    add_service(alice)
    app, visitor = App(), alice.visitor()
    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert app.told(app.send(visitor, prompt="none"))["error"] == "login_required"


def test_d4_an_essential_acr_is_asked_for(alice: Kit) -> None:
    add_service(alice)
    app = App()
    visitor = app.send(alice.signed_in(), claims=essential("passkey"))

    assert "needs a passkey" in visitor.text
    assert app.told(visitor.submit("Cancel"))["error"] == "access_denied"


def test_d4_what_is_only_wished_for_is_no_condition(alice: Kit) -> None:
    add_service(alice)
    app = App()

    assert "code" in app.told(app.send(alice.signed_in(), acr_values="passkey of-steel"))


def test_a_real_proof_of_late_is_asked_for_within(alice: Kit) -> None:
    add_service(alice, needs="two-factor", within=600)
    app, visitor = App(), alice.signed_in()
    assert "code" in app.told(app.send(visitor))

    alice.clock.forward(seconds=601)
    app.send(visitor)
    assert "Photos wants to be sure that it is you" in visitor.text
    assert "code" in app.told(prove(alice, visitor))


def test_a_kept_change_of_another_tab_stays_kept(alice: Kit) -> None:
    add_service(alice, within=600)
    app, visitor = App(), alice.signed_in()
    alice.clock.forward(seconds=601)
    kept = visitor.tab().get("/account/data")  # needs a fresh proof
    app.send(visitor)
    app.told(prove(alice, visitor))

    assert kept.path == "/verify"
    alice.clock.forward(seconds=601)
    assert prove(alice, kept.get("/verify")).path == "/account/data"


def test_a_trusted_browser_is_two_factor_until_within_is_set(alice: Kit) -> None:
    add_service(alice, needs="two-factor")
    app, visitor = App(), alice.signed_in()
    visitor.get("/security?trust=ask").submit("Trust")
    visitor.submit("Sign out")
    alice.clock.forward(hours=2)
    app.send(visitor).submit("Sign In", account=ALICE, password=PASSWORD)
    assert "code" in app.told(visitor)

    change(alice, within=86400)
    assert "wants to be sure" in app.send(visitor).text


def test_whoever_is_in_no_group_of_it_may_not(alice: Kit) -> None:
    add_service(alice, groups=["family"])
    app = App()
    visitor = app.send(alice.signed_in())
    assert "Your account may not use Photos" in visitor.text

    with alice.core.database.writing() as work:
        work.db.add(AccountGroup(account_id=1, name="family"))
    assert "code" in app.told(app.send(visitor))


def test_another_account_may_be_used_instead(alice: Kit) -> None:
    add_service(alice, groups=["family"])
    bob = alice.account(BOB, numbers=(MOBILE,))
    with alice.core.database.writing() as work:
        work.db.add(AccountGroup(account_id=bob.id, name="family"))
    app = App()
    visitor = app.send(alice.signed_in()).follow("Use another account")
    visitor.submit("Sign In", account=BOB, password=PASSWORD)

    assert "code" in app.told(prove(alice, visitor))


def test_an_account_without_two_factor_hears_what_to_do(make_kit) -> None:
    kit = make_kit(**LESS)
    kit.account(ALICE)
    add_service(kit, needs="two-factor")
    app = App()
    visitor = app.send(kit.visitor()).submit("Sign In", account=ALICE, password=PASSWORD)

    assert "Photos needs two-factor authentication" in visitor.text
    change(kit, needs="password")
    assert "code" in app.told(app.send(visitor))


def test_a_service_that_was_removed_meanwhile_is_over(alice: Kit) -> None:
    add_service(alice)
    visitor = App().send(alice.visitor())
    with alice.core.database.writing() as work:
        work.db.query(Service).delete()

    assert visitor.get(visitor.path).status == 410


@pytest.mark.parametrize("columns", [{"client_id": "another"}, {"oidc": False}])
def test_an_app_that_is_none_any_more_gets_nobody(alice: Kit, columns: dict) -> None:
    add_service(alice)
    visitor = App().send(alice.visitor()).submit("Sign In", account=ALICE, password=PASSWORD)
    change(alice, **columns)

    assert prove(alice, visitor).status == 400


def test_an_address_that_was_unregistered_meanwhile_gets_nobody(alice: Kit) -> None:
    add_service(alice)
    visitor = App().send(alice.visitor()).submit("Sign In", account=ALICE, password=PASSWORD)
    change(alice, redirect_uris=["https://photos.example/new"])

    assert prove(alice, visitor).status == 400


def test_a_device_says_who_asks(alice: Kit) -> None:
    add_service(alice, within=600)
    device = alice.signed_in()
    device.get("/security?trust=ask").submit("Trust")
    visitor = alice.signed_in()
    alice.clock.forward(seconds=601)
    App().send(visitor).submit("Show it on my trusted devices")

    assert "Photos asks whether it is you" in device.get("/prompts").text
