"""Three browsers: the owner's, a thief's who knows the password, and a thief's who has the SIM too."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.support.browser_door import ask, client_of, let_in
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.notices import NOT_ME, not_me_link, notices_to
from tests.support.openid import EXCHANGE, REFRESH, userinfo, web
from tests.support.relying_party import CALLBACK, SECRET, App, add_service, prove
from tests.support.trusted_devices import trusted_browser
from tests.support.trusted_numbers import MASKED_OTHER, remove_number

pytestmark = pytest.mark.slow

ALL = {"cookie", "access", "active", "refresh"}
WIKI = "http://wiki.localhost:8000"


@dataclass
class There:
    """A browser, and what it has at two services: a cookie at the wiki, and an offline grant of Photos."""

    kit: Kit
    visitor: Visitor
    app: App = field(default_factory=App)

    def come(self) -> There:
        self.cookie = let_in(self.kit, client_of(self.visitor), WIKI)
        self.app.send(self.visitor, scope="openid offline_access")
        if not self.visitor.left:
            self.visitor.submit("Allow")
        code = self.app.told(self.visitor)["code"]
        form = EXCHANGE | {"code": code, "redirect_uri": CALLBACK, "code_verifier": self.app.verifier}
        self.tokens = self.post("token", **form)
        return self

    def post(self, path: str, **form: str) -> dict[str, str]:
        own = {"client_id": self.app.client_id, "client_secret": SECRET}
        return dict(web(self.kit, f"/{path}", "POST", data=own | form).json)

    def refresh(self) -> dict[str, str]:
        return self.post("token", **REFRESH, refresh_token=self.tokens["refresh_token"])

    def opens(self) -> set[str]:
        """Return what opens at the next request."""
        access = self.tokens["access_token"]
        looks = {
            "cookie": ask(self.kit, self.cookie, "wiki").status_code == 200,
            "access": userinfo(self.kit, access).status_code == 200,
            "active": self.post("introspect", token=access)["active"] is True,
        }
        new = self.refresh()
        self.tokens |= new if "access_token" in new else {}
        return {name for name, opens in looks.items() if opens} | ({"refresh"} if "access_token" in new else set())


@pytest.fixture
def alice(kit: Kit) -> Kit:
    """With two numbers, the SIM of the second of which was stolen."""
    kit.account(ALICE, numbers=(MOBILE, OTHER_MOBILE))
    add_service(kit, asks_consent=True)
    add_service(kit, "wiki", oidc=False, browser=True, origin=WIKI)
    return kit


@pytest.fixture
def thief(alice: Kit) -> There:
    there = There(alice, alice.signed_in(number=OTHER_MOBILE)).come()
    assert there.opens() == ALL
    alice.clock.forward(minutes=1)
    return there


@pytest.fixture
def owner(alice: Kit, thief: There) -> There:
    return There(alice, alice.signed_in()).come()


def test_the_password_alone_opens_no_service(alice: Kit) -> None:
    thief = alice.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    app = App()
    app.send(thief, scope="openid offline_access")
    assert thief.path.endswith("/sign-in/code")
    assert app.told(app.send(thief, prompt="none"))["error"] == "login_required"


def test_with_the_stolen_number_the_thief_s_offline_grant_goes(owner: There, thief: There) -> None:
    remove_number(owner.visitor, MASKED_OTHER)

    assert thief.opens() == set()
    assert owner.opens() == ALL


def test_what_the_thief_consented_to_opens_nothing_without_a_sign_in(alice: Kit, owner: There, thief: There) -> None:
    remove_number(owner.visitor, MASKED_OTHER)
    app = App()

    told = app.told(app.send(thief.visitor, scope="openid offline_access", prompt="none"))

    assert told["error"] == "login_required"
    # The owner finds it on the card, where it can be withdrawn.
    assert "Withdraw what Photos may read" in owner.visitor.get("/security/services").buttons


def test_who_says_that_it_was_not_them_takes_back_the_thief_s_consent_too(alice: Kit, thief: There) -> None:
    visitor = alice.signed_in().get("/security/password")
    visitor.submit("Change password", current_password=PASSWORD, new_password="staple battery horse")
    alice.clock.forward(minutes=1)
    alice.visitor().get(not_me_link(alice)).submit(NOT_ME)

    assert thief.opens() == set()
    visitor = alice.visitor().get("/sign-in").submit("Sign In", account=ALICE, password="staple battery horse")
    prove(alice, visitor)
    assert "Go on to Photos?" in App().send(visitor, scope="openid offline_access").text


def test_a_refresh_token_that_both_use_ends_for_both_and_the_owner_hears_of_it(alice: Kit, owner: There) -> None:
    stolen = There(alice, owner.visitor)
    stolen.tokens = dict(owner.tokens)
    owner.opens()
    alice.clock.forward(seconds=11)

    assert stolen.refresh()["error"] == "invalid_grant"
    assert owner.opens() == {"cookie"}
    assert "used a service’s code or token a second time" in owner.visitor.get("/security/activity").text
    assert "used a sign-in at a service a second time" in notices_to(alice)[-1].text


def test_a_thief_who_uses_it_first_loses_it_when_the_app_uses_it(alice: Kit, owner: There) -> None:
    stolen = There(alice, owner.visitor)
    stolen.tokens = dict(owner.tokens)
    stolen.tokens |= stolen.refresh()
    alice.clock.forward(seconds=11)

    assert owner.refresh()["error"] == stolen.refresh()["error"] == "invalid_grant"
    assert userinfo(alice, stolen.tokens["access_token"]).status_code == 401


def test_a_thief_in_a_browser_that_is_removed_from_the_list_is_out(alice: Kit, owner: There) -> None:
    stolen = There(alice, trusted_browser(alice)).come()
    alice.clock.forward(days=2)
    visitor = alice.signed_in().get("/security/devices")

    visitor.submit("Remove Chrome, Linux").submit("Remove")

    assert stolen.opens() == set()


def test_after_signing_out_everywhere_only_this_browser_opens(alice: Kit, owner: There, thief: There) -> None:
    owner.visitor.get("/security/devices").submit("Sign out everywhere else")

    assert thief.opens() == set()
    assert owner.opens() == ALL
    assert thief.visitor.get("/security").path == "/sign-in"
