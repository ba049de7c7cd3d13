"""One phone, and then none: why that locks out, what mends it, and each way back, in a real browser on the demo."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import update

from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import ALICE, PASSWORD, Story, invitation, writing
from trustweb.models import Recovery

PHONE = "+44 7400 123456"
DIGITS = r"\b\d{6}\b"
NEW = "staple battery horse"
ASKED = "Somebody asked to recover your account"


class Owner(Story):
    """Somebody whose phone and mailbox are those on the handset's page."""

    def __init__(self, person: Person) -> None:
        self.person, self.known = person, set[str | None]()

    def newest(self, place: str, words: str) -> Locator:
        """The next message with such words that comes to a phone or a mailbox."""
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
        """The one in the next mail that leads there."""
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
        self.person.fills(New_Password=NEW, **typed)
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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"TRUSTWEB_DEMO": "1", "TRUSTWEB_UNPROVED_SENDS": "20/86400"}
    with Site(tmp_path_factory.mktemp("ways") / "instance", settings) as site:
        yield site


@pytest.fixture(scope="module")
def owner(site: Site, chromium: Browser) -> Iterator[Owner]:
    owner = Owner(Person(chromium, site.url))
    owner.sets_up(invitation(site))
    owner.adds_the_phone()
    yield owner
    owner.person.leaves()


@pytest.fixture(scope="module")
def codes(owner: Owner) -> list[str]:
    """What the advice has led to."""
    owner.ticks("••56")
    owner.person.sees("You would be locked out.")
    owner.person.presses("Make Backup Codes")
    owner.person.presses("Show the codes")
    owner.person.sees("Your Backup Codes")
    shown = owner.person.page.locator(".secrets .key")
    shown.first.wait_for()
    codes = shown.all_inner_texts()
    owner.person.presses("I have them on paper")
    return codes


def test_with_one_phone_the_owner_reads_what_its_loss_means_and_mends_it(owner: Owner, codes: list[str]) -> None:
    expect(owner.person.page.locator("#trusted-numbers")).to_contain_text("you can do without it")

    owner.ticks("••56")
    owner.person.sees("You can still sign in.")
    expect(owner.person.page.locator("#lose-verdict")).to_contain_text("Your backup codes")


def test_a_backup_code_lets_in(owner: Owner, codes: list[str]) -> None:
    owner.signs_out()
    owner.comes_without_the_phone()
    owner.person.presses("Use a backup code")
    owner.types_from_paper(codes[3])

    owner.person.sees("9 codes left")


def test_a_recovery_key_lets_in(owner: Owner) -> None:
    person = owner.person
    person.opens("/security/recovery-key/new")
    person.presses("Show the key")
    key = person.page.locator(".secrets .key").inner_text()
    person.presses("I have it on paper")
    owner.types_from_paper(key, "Confirm")
    person.sees("The recovery key counts from now on.")
    owner.signs_out()
    owner.comes_without_the_phone()
    person.presses("Use your recovery key")
    owner.types_from_paper(key.lower())

    person.sees("Your recovery key is used up")


@pytest.fixture(scope="module")
def elsewhere(site: Site, chromium: Browser, owner: Owner) -> Iterator[Owner]:
    """Another browser, in which somebody knows the password and has nothing else."""
    owner.person.opens("/account")
    owner.person.presses("Send me a link")
    owner.opens_the_link("/address/")
    owner.person.presses("Confirm")
    owner.person.sees("Your address is confirmed")
    other = Owner(Person(chromium, site.url))
    other.known = owner.known
    other.person.opens("/sign-in")
    other.gives_the_password()
    other.person.presses("Can’t use any of these?")
    yield other
    other.person.leaves()


def test_a_wait_is_seen_and_stopped_on_every_page_of_the_owner(owner: Owner, elsewhere: Owner) -> None:
    elsewhere.person.sees("It takes 72 hours.")
    elsewhere.person.presses("Start the wait")
    elsewhere.person.sees("You get your account back on")

    owner.person.opens("/account")
    owner.person.sees(ASKED)
    owner.person.presses("Stop it")

    expect(owner.person.says(ASKED)).to_have_count(0)
    elsewhere.person.page.reload()
    elsewhere.person.sees("It takes 72 hours.")


def test_who_waits_to_the_end_gets_the_account_back(site: Site, owner: Owner, elsewhere: Owner) -> None:
    elsewhere.person.presses("Start the wait")
    elsewhere.person.sees("You get your account back on")
    with writing(site) as work:
        work.db.execute(update(Recovery).values(waited=work.config.recovery_wait))
    elsewhere.person.page.reload()
    elsewhere.person.presses("Send me the link")
    elsewhere.person.sees("Open it within a day.")
    elsewhere.opens_the_link("/recover/")
    elsewhere.begins_anew(Current_Password=PASSWORD)
    owner.person.opens("/security")
    owner.person.sees("Sign In")


def test_the_operators_link_gives_it_back_on_a_dark_phone_without_javascript(
    site: Site, chromium: Browser, owner: Owner
) -> None:
    printed = site.cli("account", "recover", ALICE).stdout.strip()
    narrow = Owner(Person(chromium, site.url, width=360, scheme="dark", javascript=False))
    narrow.known = owner.known
    narrow.person.opens(printed)
    narrow.person.sees("Recover Your Account")
    narrow.begins_anew()
    narrow.person.leaves()
