"""Making an account of one's own in a real browser, with the mailbox that the demo's handset page shows."""

from __future__ import annotations

import os
import re

from playwright.sync_api import Page, expect

from tests.support.person import Person
from tests.support.story import PASSWORD


def opens_newest_mail(person: Person, address: str) -> None:
    """Follow the link in the newest mail to the address, in a new tab; the old tab is closed."""
    handset: Page = person.context.new_page()
    handset.goto(f"{person.url}/handset/")
    box = handset.get_by_role("region", name=address, exact=True)
    with person.context.expect_page() as opened:
        box.locator("a[href^=http]").first.click()
    person.page.close()
    person.page = opened.value
    handset.close()


def take_pictures(person: Person, name: str) -> None:
    """Save the page at two widths, where a developer asks for it: PICTURES=folder."""
    if folder := os.environ.get("PICTURES"):
        for width in (1280, 360):
            person.page.set_viewport_size({"width": width, "height": 800})
            person.page.screenshot(path=f"{folder}/{person.language}-{name}-{width}.png", full_page=True)


def registers(person: Person, name: str, *, mailbox: str = "") -> None:
    """Make an account; ``mailbox`` is the address as mails carry it, where that differs from what is typed."""
    person.opens("/sign-in")
    person.presses("Create an account")
    person.sees("We send a link to your mailbox. It leads you on.")
    take_pictures(person, "create")
    person.fills(**{"E-mail Address": name})
    person.presses("Continue")
    person.sees("Look in your mailbox")
    take_pictures(person, "asked")
    opens_newest_mail(person, mailbox or name)
    person.fills(Password=PASSWORD)
    person.presses("Continue")
    expect(person.page).to_have_url(re.compile("/security/two-factor$"))
