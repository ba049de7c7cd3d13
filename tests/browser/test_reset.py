"""A forgotten password in a real browser, with the demo's mailbox."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.person import Person
from tests.support.registration import opens_newest_mail, registers, take_pictures
from tests.support.site import Site
from tests.support.story import PASSWORD

NEW = "staple battery horse"


def forgets(person: Person, name: str) -> None:
    person.opens("/sign-in")
    person.sees("Forgot your password?")
    take_pictures(person, "reset-sign-in")
    person.presses("Forgot your password?")
    person.sees("Type the address that you sign in with. Nothing is sent yet.")
    take_pictures(person, "reset-address")
    person.fills(Account=name)
    person.presses("Continue")
    person.sees("How do you want to show that %(name)s is you?", name=name)
    take_pictures(person, "reset-ways")


def test_a_new_password_by_mail(site: Site, person: Person) -> None:
    name = f"{person.language}.dora.with.a.rather.long.name@subdomain.example.com"
    registers(person, name)
    person.presses("Sign out")
    forgets(person, name)
    person.presses("Send a link to my mailbox")
    person.sees("Look in your mailbox")
    take_pictures(person, "reset-sent")
    opens_newest_mail(person, name)
    person.looks()
    take_pictures(person, "reset-link")
    person.fills(**{"New Password": NEW})
    person.presses("Set the password")
    person.sees("Your new password counts from now on. Sign in with it.")
    take_pictures(person, "reset-done")
    person.fills(Account=name, Password=PASSWORD)
    with person.mistake():
        person.button("Sign In").click()
        person.sees("The account or the password is not right.")


def test_with_the_recovery_key(site: Site, person: Person) -> None:
    forgets(person, "dora@example.com")
    person.presses("Use my recovery key")
    person.looks()
    take_pictures(person, "reset-key")
    person.fills(**{"Recovery Key": "0" * 28, "New Password": NEW})
    with person.mistake():
        person.presses("Set the password")
        person.sees("That is not your recovery key, or it is used up. Please check each group of four.")
    take_pictures(person, "reset-wrong-key")
    expect(person.field("Recovery Key")).to_have_value("0" * 28)
