"""A person at the demo, who reads messages on the page of its handset."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Locator

from tests.support.password_reset import NEW_PASSWORD
from tests.support.person import Person
from tests.support.story import ALICE, Story

PHONE = "+44 7400 123456"
DIGITS = r"\b\d{6}\b"


class DemoOwner(Story):
    """Somebody at the demo: the page of its handset shows their phone and their mailbox."""

    def __init__(self, person: Person) -> None:
        self.person, self.known = person, set[str | None]()

    def newest(self, place: str, words: str) -> Locator:
        """Wait for the next message with such words (a pattern) to a phone or a mailbox."""
        page, until = self.person.context.new_page(), time.monotonic() + 60
        page.on("console", self.person.heard)
        while time.monotonic() < until:
            page.goto(f"{self.person.url}/handset/")
            box = page.get_by_role("region", name=place, exact=True).locator("[data-message]")
            message = box.filter(has_text=re.compile(words)).first
            if message.count() and (name := message.get_attribute("data-message")) not in self.known:
                self.known.add(name)
                return message
            time.sleep(0.2)
        raise AssertionError(f"nothing came to {place}")

    def code(self, number: str = PHONE, method: str = "text") -> str:
        message = self.newest(number, DIGITS)
        (digits,) = set(re.findall(DIGITS, message.inner_text()))
        message.page.close()
        return str(digits)

    def opens_the_link(self, path: str) -> None:
        """Follow the link that leads there in the next mail, in a new tab; the old tab is closed."""
        mail = self.newest(ALICE, path)
        with self.person.context.expect_page() as opened:
            mail.locator("a[href^=http]").click()
        mail.page.close()
        self.person.page.close()
        self.person.page = opened.value

    def adds_the_phone(self) -> None:
        self.asks_for_a_code("07400 123456")
        self.person.sees("Wrong number?")
        self.types(self.code())
        self.person.sees("Two-factor authentication is on.")

    def begins_anew(self, **typed: str) -> None:
        self.person.fills(New_Password=NEW_PASSWORD, **typed)
        self.person.presses("Continue")
        self.person.sees("Have more than one number")
        self.person.presses("Continue")
        self.adds_the_phone()

    def comes_without_the_phone(self) -> None:
        self.person.opens("/sign-in")
        self.gives_the_password()
        self.person.says("Didn’t get a code?").click()
        self.person.looks()

    def types_from_paper(self, typed: str, button: str = "Continue") -> None:
        self.person.page.locator("#field-typed").fill(typed)
        self.person.presses(button)

    def ticks(self, thing: str) -> None:
        self.person.opens("/security/lose")
        self.person.page.get_by_role("checkbox", name=thing).check()
