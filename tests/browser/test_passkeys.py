"""Passkeys in a real browser, with an authenticator that Chromium plays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support.carrier import Carrier
from tests.support.crowd import desk_of
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import MOBILE, PASSWORD, Story, let_the_proof_grow_old

NEEDS = "For a passkey, you need JavaScript and a browser that knows passkeys."
WHERE = "Your browser asks where to keep it: on this device, on your phone, or on a security key that you plug in."
UNUSED = "No passkey was used, and nothing has changed. You can try again."

# What a page that looks like ours would do, and then hand on.
ELSEWHERE = """async (asked) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt());
  const options = JSON.parse(asked, (key, value) => key === "challenge" || key === "id" ? bytes(value) : value);
  return JSON.stringify(await navigator.credentials.get({ publicKey: options }));
}"""
SUBMIT = """(answer) => {
  const form = document.querySelector("[data-passkey]");
  form.elements.answer.value = answer;
  form.submit();
}"""


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture(scope="module")
def site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("passkeys") / "instance", carrier.settings) as site:
        yield site


class Keys:
    """The passkeys that a browser can reach. ``willing``: whether somebody lays a finger on it."""

    def __init__(self, person: Person, **how: bool) -> None:
        self.cdp = person.context.new_cdp_session(person.page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options | how})["authenticatorId"]

    def willing(self, willing: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": willing})

    def patient(self, patient: bool) -> None:
        """Whether it waits for ever instead of answering at once."""
        self.cdp.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self.id, "enabled": not patient})

    def all(self) -> list[dict[str, Any]]:
        return list(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def rewind(self) -> None:
        """Count as a copy would that was made before."""
        for each in self.all():
            self.cdp.send(
                "WebAuthn.removeCredential", {"authenticatorId": self.id, "credentialId": each["credentialId"]}
            )
            self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": each | {"signCount": 0}})


class Owner(Person):
    """Somebody with a number and a passkey."""

    def __init__(self, browser: Browser, site: Site, name: str, **how: Any) -> None:
        super().__init__(browser, site.url, **how)
        self.name = name
        self.keys = Keys(self)

    def signs_in(self, carrier: Carrier) -> None:
        carrier.forget()
        self.opens("/sign-in")
        self.fills(Account=self.name, Password=PASSWORD)
        self.presses("Sign In")
        self.fills(Verification_Code=Story(self, carrier).code(MOBILE))
        self.presses("Continue")

    def asks_for_a_passkey(self) -> None:
        self.opens("/security")
        self.presses("Manage passkeys")
        expect(self.button("Done with passkeys")).to_be_visible()  # the page has the next button before, too
        self.presses("Add a Passkey")
        self.sees(
            "Your browser asks where to keep it: on this device, on your phone, or on a security key that you plug in."
        )

    def adds(self) -> None:
        self.asks_for_a_passkey()
        self.fills(Name="My laptop")
        self.presses("Continue")
        self.sees("The passkey is added. You can sign in with it from now on.")

    def signs_out(self) -> None:
        self.keys.patient(True)  # or the next page would take what the browser offers at once
        self.presses("Sign out")
        self.sees("You are signed out.")

    def gives_the_password(self) -> None:
        self.fills(Account=self.name, Password=PASSWORD)
        self.presses("Sign In")
        self.sees("Or with a code")
        self.keys.patient(False)


DAY_AND_NIGHT = pytest.mark.parametrize("owner", [(1280, "light"), (360, "dark")], ids=["day", "night"], indirect=True)


@pytest.fixture
def owner(request: pytest.FixtureRequest, site: Site, carrier: Carrier, chromium: Browser) -> Iterator[Owner]:
    width, scheme = getattr(request, "param", (1280, "light"))
    name = f"{request.node.originalname}-{width}@example.com"
    with desk_of(site) as desk:
        desk.account(name, numbers=(MOBILE,))
    owner = Owner(chromium, site, name, width=width, scheme=scheme)
    owner.signs_in(carrier)
    owner.adds()
    yield owner
    owner.leaves()


@DAY_AND_NIGHT
def test_it_stands_in_for_the_code(owner: Owner) -> None:
    owner.signs_out()
    owner.gives_the_password()
    expect(owner.page.get_by_text(NEEDS)).to_be_hidden()

    owner.presses("Use a passkey")

    owner.sees("Trust this browser?")


def test_it_stands_in_for_password_and_code(owner: Owner) -> None:
    owner.signs_out()
    owner.keys.patient(False)

    owner.presses("Sign in with a passkey")

    owner.sees("Trust this browser?")


def test_the_browser_offers_it_where_the_account_is_typed(owner: Owner) -> None:
    owner.presses("Sign out")

    owner.sees("Trust this browser?")


def test_it_allows_a_change(site: Site, owner: Owner) -> None:
    let_the_proof_grow_old(site)
    owner.opens("/security/passkeys")
    owner.presses("Change My laptop")
    owner.fills(Name="Old laptop")
    owner.presses("Save")
    owner.sees("Or with a code")

    owner.presses("Use a passkey")

    owner.sees("The change is saved.")
    expect(owner.page.get_by_text("Old laptop")).to_be_visible()


@DAY_AND_NIGHT
def test_what_was_cancelled_can_be_tried_again(owner: Owner) -> None:
    owner.signs_out()
    owner.gives_the_password()
    owner.keys.willing(False)
    owner.presses("Use a passkey")
    owner.sees(UNUSED)

    owner.keys.willing(True)
    owner.presses("Use a passkey")

    owner.sees("Trust this browser?")


def test_cancelled_on_the_sign_in_page_it_is_offered_again(owner: Owner) -> None:
    owner.signs_out()
    owner.keys.willing(False)
    owner.keys.patient(False)
    owner.presses("Sign in with a passkey")
    owner.sees(UNUSED)

    owner.keys.willing(True)
    owner.presses("Sign in with a passkey")

    owner.sees("Trust this browser?")


def test_one_device_makes_one_passkey(owner: Owner) -> None:
    owner.asks_for_a_passkey()

    owner.presses("Continue")

    owner.sees("This device has a passkey for your account already.")


def test_a_copy_is_refused(owner: Owner) -> None:
    owner.signs_out()
    owner.gives_the_password()
    owner.keys.rewind()

    with owner.mistake():
        owner.presses("Use a passkey")
        owner.sees("This passkey is off, because it seems that somebody has a copy of it.")


def test_an_answer_made_on_another_site_is_refused(carrier: Carrier, owner: Owner) -> None:
    owner.signs_out()
    owner.gives_the_password()
    asked = owner.page.locator("[data-passkey]").get_attribute("data-passkey")
    owner.opens(f"{carrier.url.replace('127.0.0.1', 'localhost')}/")
    answer = owner.page.evaluate(ELSEWHERE, asked)
    owner.errors.clear()

    owner.opens("/sign-in/code")
    with owner.mistake():
        owner.page.evaluate(SUBMIT, answer)
        owner.sees("This passkey does not work here. Please use another one, or another way.")


def test_without_javascript_a_sentence_says_what_is_needed(site: Site, chromium: Browser) -> None:
    person = Person(chromium, site.url, javascript=False)
    person.opens("/sign-in")

    person.sees(NEEDS)
    expect(person.button("Sign in with a passkey")).to_be_hidden()
    person.leaves()
