"""Registration and a change of address in a real browser, with the demo’s mailbox."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.support.person import Person
from tests.support.registration import opens_newest_mail, registers, take_pictures
from tests.support.site import Site

CARLA, NEW = "carla@example.com", "carla.with.a.rather.long.name@subdomain.example.com"


def test_an_account_of_ones_own_and_then_another_address(site: Site, person: Person) -> None:
    name, new = f"{person.language}.{CARLA}", f"{person.language}.{NEW}"
    registers(person, name)
    person.opens("/account")
    person.sees("E-mail Address")
    take_pictures(person, "confirmed")
    person.presses("Change your e-mail address")
    person.sees("New E-mail Address")
    with person.mistake():
        person.fills(**{"New E-mail Address": name})
        person.presses("Send a link")
        person.sees("You sign in with this address already.")
    take_pictures(person, "change")
    person.fills(**{"New E-mail Address": new})
    person.presses("Send a link")
    person.sees("Look in the mailbox: a link is on its way. Open it, and press the button on its page.")
    take_pictures(person, "pending")
    opens_newest_mail(person, new)
    person.looks()
    take_pictures(person, "link")
    person.presses("Use this address")
    person.sees("Your address is confirmed")
    take_pictures(person, "followed")
    reads_everything_on_the_handset(person)


def reads_everything_on_the_handset(person: Person) -> None:
    person.opens("/handset/")
    expect(person.page.get_by_role("region", name=re.compile("@"))).not_to_have_count(0)
    person.looks()
    take_pictures(person, "handset")
