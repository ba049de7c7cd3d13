"""Pictures of the other factors, the journal, the account, and the pages after a theft."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Browser
from sqlalchemy import update

from tests.screenshots.model import Model
from tests.support.at_services import add, sign_in_to
from tests.support.carrier import Carrier
from tests.support.site import Site
from tests.support.story import ALICE, MOBILE, Story, invitation, let_the_cool_down_pass, writing
from tests.support.virtual_authenticator import VirtualAuthenticator
from trustweb import accounts
from trustweb.models import Delivery, Factor

SETTINGS = {"TRUSTWEB_TWO_FACTOR": "optional", "TRUSTWEB_PROMPTS": "20/600"}


def photograph_factors(browser: Browser, site: Site, carrier: Carrier) -> None:
    owner = Story(Model(browser, site.url), carrier)
    owner.sets_up(invitation(site))
    owner.adds_the_first_number()
    photograph_devices(browser, site, owner)
    photograph_apps_and_passkeys(owner.person)
    photograph_app_passwords(owner.person)
    photograph_services(site, owner.person)
    photograph_papers(owner.person)
    photograph_the_account(owner.person)
    photograph_a_theft(site, owner)


def photograph_devices(browser: Browser, site: Site, owner: Story) -> None:
    model = owner.person
    model.opens("/security?trust=ask")
    model.shot("trust-this-browser")
    model.presses("Trust")
    model.says("This browser is trusted. When you sign in elsewhere, the code appears here.").wait_for()
    other = Story(Model(browser, site.url), owner.carrier)
    other.person.opens("/sign-in")
    other.gives_the_password()
    other.person.sees("Enter the code shown on your trusted devices.")
    other.person.shot("code-on-devices")
    model.sees("Your account is being used to sign in")
    model.shot("prompt")
    model.presses("Allow")
    model.sees("Type this code there:")
    model.shot("prompt-allowed")
    other.types(re.sub(r"\D", "", model.page.locator(".code-shown").inner_text()))
    other.person.sees("Trust this browser?")
    other.person.leaves()
    model.opens("/security/devices")
    model.shot("devices")
    model.opens("/prompts")
    model.presses("Get a Verification Code")
    model.sees("Type it where you sign in, on the page that asks for the code of your trusted devices. It works once.")
    model.shot("device-code")


def photograph_apps_and_passkeys(model: Model) -> None:
    model.opens("/security/apps")
    model.presses("Add an Authenticator App")
    model.page.get_by_role("link", name="Open in your authenticator app").wait_for()
    model.shot("app-add")
    model.presses("Cancel")
    VirtualAuthenticator(model)
    model.opens("/security/passkeys/add")
    model.shot("passkey-add")
    model.page.locator("[data-passkey] button").click()
    model.page.wait_for_url("**/security/passkeys?**")
    model.shot("passkeys")


def photograph_app_passwords(model: Model) -> None:
    for name in ("Thunderbird on my laptop", "Tablet"):
        model.opens("/security/app-passwords/new")
        model.field("Name").fill(name)
        if name == "Tablet":
            model.shot("app-password-new")
        model.presses("Create")
        model.page.locator(".key").wait_for()
    model.shot("app-password-made")
    model.opens("/security/app-passwords")
    model.shot("app-passwords")


def photograph_services(site: Site, model: Model) -> None:
    with writing(site) as work:
        found = accounts.find(work, ALICE)
        assert found
        sign_in_to(work, found.id, title="Photos", scopes="openid profile email offline_access")
        sign_in_to(work, found.id, "wiki", "browser", needs="passkey")
        add(work, "mail", program=True)
    model.opens("/security/services")
    model.shot("services")
    model.presses("Sign out of Photos")
    model.shot("service-sign-out")
    model.presses("Sign out of Photos")
    model.says("You are signed out of").wait_for()
    model.shot("service-signed-out")
    model.opens("/security/services/photos/withdraw")
    model.shot("service-withdraw")


def photograph_papers(model: Model) -> None:
    model.opens("/security/recovery-key/new")
    model.shot("recovery-key-new")
    model.presses("Show the key")
    key = model.page.locator(".secrets .key").inner_text()
    model.shot("recovery-key")
    model.presses("I have it on paper")
    model.page.locator("#field-typed").fill(key)
    model.shot("recovery-key-confirm")
    model.presses("Confirm")
    model.opens("/security/backup-codes/new")
    model.presses("Show the codes")
    model.shot("backup-codes")


def photograph_the_account(model: Model) -> None:
    for path, name in (
        ("/security", "security-everything"),
        ("/security/activity", "activity"),
        ("/account", "account"),
        ("/account/delete", "account-delete"),
        ("/security/two-factor/off", "two-factor-off"),
    ):
        model.opens(path)
        model.shot(name)


def photograph_a_theft(site: Site, owner: Story) -> None:
    with writing(site) as work:
        long_ago = work.now - timedelta(days=2)
        work.db.execute(update(Factor).values(added_at=long_ago, trusted_from=long_ago))
    model = owner.person
    let_the_cool_down_pass(site)
    model.opens("/security/numbers")
    owner.adds_a_pasted_number()
    heard = len(owner.carrier.wait_for(MOBILE))
    with writing(site) as work:  # what waits to be told together is told now
        work.db.execute(update(Delivery).where(Delivery.kind == "notice").values(due_at=work.now))
    told = owner.carrier.wait_for(MOBILE, count=heard + 1, timeout=20)[-1].text
    link = re.search(r"http://\S+/not-me/\S+", told)
    assert link
    model.opens(urlsplit(link[0]).path)
    model.shot("not-me")
    model.presses("This wasn’t me: stop it")
    model.says("Stopped").first.wait_for()
    model.shot("not-me-stopped")
