"""Pictures of the ways back, on the demo with its mailboxes."""

from __future__ import annotations

from playwright.sync_api import Browser
from sqlalchemy import update

from tests.screenshots.model import Model
from tests.support.demo_owner import DemoOwner
from tests.support.site import Site
from tests.support.story import ALICE, invitation, writing
from trustweb.models import Recovery

SETTINGS = {"TRUSTWEB_DEMO": "1", "TRUSTWEB_REGISTRATION": "open", "TRUSTWEB_UNPROVED_SENDS": "20/86400"}


def photograph_recovery(browser: Browser, site: Site) -> None:
    owner = DemoOwner(Model(browser, site.url))
    owner.sets_up(invitation(site))
    owner.adds_the_phone()
    photograph_losses(owner)
    photograph_the_address(owner)
    other = DemoOwner(Model(browser, site.url))
    other.known = owner.known
    photograph_a_wait(site, owner, other)
    photograph_the_operators_link(site, other.person)
    photograph_strangers(other.person)


def photograph_losses(owner: DemoOwner) -> None:
    model = owner.person
    owner.ticks("••56")
    model.sees("You would be locked out.")
    model.shot("lose-locked-out")
    model.opens("/security/backup-codes/new")
    model.presses("Show the codes")
    model.presses("I have them on paper")
    owner.ticks("••56")
    model.sees("You can still sign in.")
    model.shot("lose-signs-in")


def photograph_the_address(owner: DemoOwner) -> None:
    model = owner.person
    model.opens("/account")
    model.shot("address-unconfirmed")
    model.presses("Send me a link")
    owner.newest(ALICE, "/address/").page.close()
    model.opens("/handset/")
    model.shot("handset-mailbox")
    owner.known.clear()
    owner.opens_the_link("/address/")
    model.shot("address-confirm")
    model.presses("Confirm")
    model.opens("/account/address")
    model.shot("address-change")


def photograph_a_wait(site: Site, owner: DemoOwner, other: DemoOwner) -> None:
    model = other.person
    model.opens("/sign-in")
    other.gives_the_password()
    model.says("Didn’t get a code?").click()
    model.presses("Use a backup code")
    model.shot("paper-sign-in")
    model.opens("/sign-in/recovery")
    model.shot("recovery-start")
    model.presses("Start the wait")
    model.sees("You get your account back on")
    model.shot("recovery-waiting")
    owner.person.opens("/account")
    owner.person.shot("recovery-asked")
    with writing(site) as work:
        work.db.execute(update(Recovery).values(waited=work.config.recovery_wait))
    model.opens("/sign-in/recovery")
    model.shot("recovery-ready")


def photograph_the_operators_link(site: Site, model: Model) -> None:
    model.opens(site.cli("account", "recover", ALICE).stdout.strip())
    model.shot("recovery-link")


def photograph_strangers(model: Model) -> None:
    for path, name in (("/create-account", "create-account"), ("/forgotten-password", "forgotten-password")):
        model.opens(path)
        model.shot(name)
    model.page.get_by_label("Account").fill(ALICE)
    model.page.locator("main form button").first.click()
    model.page.wait_for_url("**/forgotten-password/ways")
    model.shot("forgotten-password-ways")
