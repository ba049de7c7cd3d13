"""Devices that are not trusted for a while after a change, and attacks with lost cookies."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import ENTER_SHOWN_CODE, code_shown, trusted_browser
from trustweb.models import Factor, TrustedDevice


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def owner(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    device = trusted_browser(kit)
    device.htmx = request.param
    return device


def test_what_a_stranger_uses_up_the_owner_does_not_need(kit: Kit, owner: Visitor) -> None:
    for _ in range(4):
        enter_password(kit)
    known = kit.signed_in().submit("Sign out").get("/sign-in")

    assert ENTER_SHOWN_CODE in known.submit("Sign In", account=ALICE, password=PASSWORD).text
    code = code_shown(owner.get("/prompts").submit("Get a Verification Code"))
    assert enter_password(kit).submit("Continue", verification_code=code).path == "/security"


def test_a_lost_cookie_does_not_make_it_another_browser(kit: Kit, owner: Visitor) -> None:
    owner.get("/security").submit("Sign out")
    owner._wire.client.delete_cookie("trustweb-browser", domain="localhost")  # type: ignore[union-attr]
    owner.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    kit.clock.forward(minutes=11)

    assert "Show it on my trusted devices" not in owner.get("/security/password").text
    assert "This device" in owner.get("/security").text


def test_a_worn_out_device_is_as_good_as_new_after_another_code_in_it(kit: Kit, owner: Visitor) -> None:
    with kit.core.database.writing() as work:
        work.db.query(Factor).filter(Factor.kind == "trusted_device").update({"disabled_at": work.now})
    assert "not in use after too many wrong codes" in owner.get("/security").text
    owner.submit("Sign out").submit("Sign In", account=ALICE, password=PASSWORD)
    assert owner.path == "/sign-in/code"

    owner.submit("Continue", verification_code=kit.code()).submit("Sign out")

    assert owner.submit("Sign In", account=ALICE, password=PASSWORD).path == "/security"


def test_a_device_in_doubt_keeps_its_cookie(kit: Kit, owner: Visitor) -> None:
    with kit.core.database.writing() as work:
        work.db.query(TrustedDevice).update({"skips_code": False})
    client = owner._wire.client  # type: ignore[union-attr]

    answer = client.get("/prompts", base_url="http://localhost:8000", headers={"HX-Request": "true"})

    assert answer.status_code == 286
    assert owner.cookie("trustweb-devices") is not None
