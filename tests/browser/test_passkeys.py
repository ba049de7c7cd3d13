"""Passkeys in a real browser, with an authenticator that Chromium plays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import let_the_proof_grow_old
from tests.support.virtual_authenticator import PasskeyOwner

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


DAY_AND_NIGHT = pytest.mark.parametrize("owner", [(1280, "light"), (360, "dark")], ids=["day", "night"], indirect=True)


@DAY_AND_NIGHT
def test_it_stands_in_for_the_code(owner: PasskeyOwner) -> None:
    owner.signs_out()
    owner.gives_the_password()
    expect(owner.page.get_by_text(NEEDS)).to_be_hidden()

    owner.presses("Use a passkey")

    owner.sees("Trust this browser?")


def test_it_stands_in_for_password_and_code(owner: PasskeyOwner) -> None:
    owner.signs_out()
    owner.keys.patient(False)

    owner.presses("Sign in with a passkey")

    owner.sees("Trust this browser?")


def test_the_browser_offers_it_where_the_account_is_typed(owner: PasskeyOwner) -> None:
    owner.presses("Sign out")

    owner.sees("Trust this browser?")


def test_it_allows_a_change(passkey_site: Site, owner: PasskeyOwner) -> None:
    let_the_proof_grow_old(passkey_site)
    owner.opens("/security/passkeys")
    owner.presses("Change My laptop")
    owner.fills(Name="Old laptop")
    owner.presses("Save")
    owner.sees("Or with a code")

    owner.presses("Use a passkey")

    owner.sees("The change is saved.")
    expect(owner.page.get_by_text("Old laptop")).to_be_visible()


@DAY_AND_NIGHT
def test_what_was_cancelled_can_be_tried_again(owner: PasskeyOwner) -> None:
    owner.signs_out()
    owner.gives_the_password()
    owner.keys.willing(False)
    owner.presses("Use a passkey")
    owner.sees(UNUSED)

    owner.keys.willing(True)
    owner.presses("Use a passkey")

    owner.sees("Trust this browser?")


def test_cancelled_on_the_sign_in_page_it_is_offered_again(owner: PasskeyOwner) -> None:
    owner.signs_out()
    owner.keys.willing(False)
    owner.keys.patient(False)
    owner.presses("Sign in with a passkey")
    owner.sees(UNUSED)

    owner.keys.willing(True)
    owner.presses("Sign in with a passkey")

    owner.sees("Trust this browser?")


def test_one_device_makes_one_passkey(owner: PasskeyOwner) -> None:
    owner.asks_for_a_passkey()

    owner.presses("Continue")

    owner.sees("This device has a passkey for your account already.")


def test_a_copy_is_refused(owner: PasskeyOwner) -> None:
    owner.signs_out()
    owner.gives_the_password()
    owner.keys.rewind()

    with owner.mistake():
        owner.presses("Use a passkey")
        owner.sees("This passkey is off, because it seems that somebody has a copy of it.")


def test_an_answer_made_on_another_site_is_refused(carrier: Carrier, owner: PasskeyOwner) -> None:
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


def test_without_javascript_a_sentence_says_what_is_needed(passkey_site: Site, chromium: Browser) -> None:
    person = Person(chromium, passkey_site.url, javascript=False)
    person.opens("/sign-in")

    person.sees(NEEDS)
    expect(person.button("Sign in with a passkey")).to_be_hidden()
    person.leaves()
