"""Losing the only phone, and each way back into the account, in a real browser on the demo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from tests.support.demo_owner import DemoOwner
from tests.support.person import Person
from tests.support.recovery import RECOVERY_ASKED
from tests.support.site import Site
from tests.support.story import ALICE, PASSWORD, invitation, writing
from trustweb.models import Recovery


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"TRUSTWEB_DEMO": "1", "TRUSTWEB_UNPROVED_SENDS": "20/86400"}
    with Site(tmp_path_factory.mktemp("ways") / "instance", settings) as site:
        yield site


@pytest.fixture(scope="module")
def owner(site: Site, chromium: Browser) -> Iterator[DemoOwner]:
    owner = DemoOwner(Person(chromium, site.url))
    owner.sets_up(invitation(site))
    owner.adds_the_phone()
    yield owner
    owner.person.leaves()


@pytest.fixture(scope="module")
def codes(owner: DemoOwner) -> list[str]:
    """Backup codes, made by following the advice of the page."""
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


def test_with_one_phone_the_owner_reads_what_its_loss_means_and_mends_it(owner: DemoOwner, codes: list[str]) -> None:
    expect(owner.person.page.locator("#trusted-numbers")).to_contain_text("you can do without it")

    owner.ticks("••56")
    owner.person.sees("You can still sign in.")
    expect(owner.person.page.locator("#lose-verdict")).to_contain_text("Your backup codes")


def test_a_backup_code_lets_in(owner: DemoOwner, codes: list[str]) -> None:
    owner.signs_out()
    owner.comes_without_the_phone()
    owner.person.presses("Use a backup code")
    owner.types_from_paper(codes[3])

    owner.person.sees("9 codes left")


def test_a_recovery_key_lets_in(owner: DemoOwner) -> None:
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
def elsewhere(site: Site, chromium: Browser, owner: DemoOwner) -> Iterator[DemoOwner]:
    """Another browser, in which somebody knows the password and has nothing else."""
    owner.person.opens("/account")
    owner.person.presses("Send me a link")
    owner.opens_the_link("/address/")
    owner.person.presses("Confirm")
    owner.person.sees("Your address is confirmed")
    other = DemoOwner(Person(chromium, site.url))
    other.known = owner.known
    other.person.opens("/sign-in")
    other.gives_the_password()
    other.person.presses("Can’t use any of these?")
    yield other
    other.person.leaves()


def test_a_wait_is_seen_and_stopped_on_every_page_of_the_owner(owner: DemoOwner, elsewhere: DemoOwner) -> None:
    elsewhere.person.sees("It takes 72 hours.")
    elsewhere.person.presses("Start the wait")
    elsewhere.person.sees("You get your account back on")

    owner.person.opens("/account")
    owner.person.sees(RECOVERY_ASKED)
    owner.person.presses("Stop it")

    expect(owner.person.says(RECOVERY_ASKED)).to_have_count(0)
    elsewhere.person.page.reload()
    elsewhere.person.sees("It takes 72 hours.")


def test_who_waits_to_the_end_gets_the_account_back(site: Site, owner: DemoOwner, elsewhere: DemoOwner) -> None:
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
    site: Site, chromium: Browser, owner: DemoOwner
) -> None:
    printed = site.cli("account", "recover", ALICE).stdout.strip()
    narrow = DemoOwner(Person(chromium, site.url, width=360, scheme="dark", javascript=False))
    narrow.known = owner.known
    narrow.person.opens(printed)
    narrow.person.sees("Recover Your Account")
    narrow.begins_anew()
    narrow.person.leaves()
