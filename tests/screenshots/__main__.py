"""``python -m tests.screenshots`` photographs every state of every page, wide and light, narrow and dark.

The pictures go to screenshots/, which git ignores. Those that are in docs/images already are replaced there too.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.screenshots.factors import SETTINGS, photograph_factors
from tests.screenshots.model import SHOTS, Model
from tests.screenshots.recovery import SETTINGS as RECOVERY
from tests.screenshots.recovery import photograph_recovery
from tests.screenshots.services import photograph_services
from tests.support.carrier import Carrier
from tests.support.machine import find
from tests.support.paths import DOCS
from tests.support.services import CHROMIUM_FLAGS
from tests.support.site import Site
from tests.support.story import ALICE, GERMAN, MASKED, MOBILE, PASSWORD, Story, set_up_link

ADD = "Add a Trusted Phone Number"
# One send for the picture of a hanging carrier, one that arrives, none for a third.
RULES = {"TRUSTWEB_COUNTRIES": "GB,DE,US", "TRUSTWEB_UNPROVED_SENDS": "2/86400"}
UNUSUAL, INTERNET = "01632 960123", "056 1234 5678"  # one that is kept for films, and the library's example


def photograph_set_up(model: Model, story: Story, site: Site) -> None:
    link = set_up_link(site)
    model.opens(link)
    model.shot("set-up")
    story.sets_up(link)
    model.opens("/security/two-factor")
    model.shot("two-factor")
    model.opens("/security/numbers")
    model.shot("security-no-number")
    model.presses(ADD)
    model.says("Verify with").wait_for()
    model.shot("add")


def photograph_refusals(model: Model, story: Story) -> None:
    for typed, name in ((UNUSUAL, "add-unusual"), (INTERNET, "add-internet-number"), ("12345", "add-too-short")):
        story.asks_for_a_code(typed, label="My phone")
        model.page.locator("#problem").wait_for()
        model.shot(name)
        model.opens("/security/numbers/add")


def photograph_deliveries(model: Model, story: Story) -> None:
    story.carrier.fault("text", "refuse:15", times=1)
    story.asks_for_a_code("+1 201 555 0123")
    model.page.get_by_role("alert").wait_for()
    model.shot("panel-failed")
    model.presses("Cancel")
    story.carrier.fault("text", "hang", times=1)
    model.presses(ADD)
    story.asks_for_a_code("+49 1512 3456789")
    model.has_ticked(1)
    model.shot("panel-sending")
    model.presses("Cancel")
    model.button(ADD).wait_for()
    story.carrier.heal()


def photograph_numbers(model: Model, story: Story) -> None:
    model.opens("/security/numbers/add")
    story.asks_for_a_code("07400 123456", label="My phone")
    model.has_ticked(3)
    model.shot("panel-delivered")
    story.types(story.code(MOBILE))
    model.sees("Only one number.")
    model.shot("security-one-number")
    story.adds_a_fixed_line()
    model.shot("security-two-numbers")
    model.presses("Done")
    model.button("Edit").wait_for()
    model.shot("security")


def photograph_removal(model: Model, story: Story) -> None:
    model.presses("Edit")
    story.carrier.forget()
    story.read.clear()
    story.adds_a_pasted_number()
    model.presses("Change %(number)s", number=MASKED[MOBILE])
    model.says("How codes come").wait_for()
    model.shot("change")
    model.presses("Cancel")
    model.presses("Remove %(number)s", number=MASKED[GERMAN])
    model.button("Remove").wait_for()
    model.shot("remove")
    model.presses("Remove")
    expect(story.row(GERMAN)).to_have_count(0)
    model.shot("removed")
    model.presses(ADD)
    story.asks_for_a_code("+49 1512 3456789")
    model.page.get_by_role("alert").wait_for()
    model.shot("limited")


def photograph_sign_in(model: Model, story: Story) -> None:
    model.presses("Sign out")
    model.says("You are signed out.").wait_for()
    model.opens("/sign-in")
    model.shot("sign-in")
    story.gives_the_password()
    model.button("Text me at %(number)s", number=MASKED[MOBILE]).wait_for()
    model.shot("code-which-number")
    model.presses("Text me at %(number)s", number=MASKED[MOBILE])
    model.has_ticked(3)
    model.shot("code")
    model.says("Didn’t get a code?").click()
    model.shot("code-help")
    code = story.code(MOBILE)
    story.mistypes(code)
    model.shot("code-wrong")
    for _ in range(4):
        story.types(f"{code[:5]}{(int(code[5]) + 1) % 10}")
    model.shot("code-no-tries-left")


def photograph_the_handset(model: Model, site: Site) -> None:
    model.opens(set_up_link(site))
    model.fills(Account=ALICE, Password=PASSWORD)
    model.presses("Continue")
    model.presses("Continue")
    model.fills(Phone_Number="07400 123456")
    model.presses("Continue")
    model.field("Verification Code").wait_for()
    model.opens("/security/numbers/add")
    model.fills(Phone_Number="020 7031 3000")
    model.page.get_by_role("radio", name="Phone call").check()
    model.presses("Continue")
    model.field("Verification Code").wait_for()
    model.opens("/handset/")
    model.says("Answer").click()
    model.says("Once more:").wait_for()
    model.shot("handset")


def photograph(browser: Browser, folder: Path) -> None:
    with Carrier() as carrier, Site(folder / "real", carrier.settings | RULES) as site:
        model = Model(browser, site.url)
        story = Story(model, carrier)
        photograph_set_up(model, story, site)
        photograph_refusals(model, story)
        photograph_deliveries(model, story)
        photograph_numbers(model, story)
        photograph_removal(model, story)
        photograph_sign_in(model, story)
        model.opens("/nothing")
        model.shot("error-404")
    with Carrier() as carrier, Site(folder / "factors", carrier.settings | SETTINGS) as site:
        photograph_factors(browser, site, carrier)
    with Carrier() as carrier, Site(folder / "services", carrier.settings) as site:
        photograph_services(browser, site, carrier)
    with Site(folder / "lost", RECOVERY) as site:
        photograph_recovery(browser, site)
    with Site(folder / "demo", {"TRUSTWEB_DEMO": "1"}) as site:
        photograph_the_handset(Model(browser, site.url), site)


def main() -> int:
    program = find("chromium")
    if program is None:
        print("There is no Chromium: python -m tests.support.machine gets it.")
        return 1
    SHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=CHROMIUM_FLAGS)
        photograph(browser, Path(folder))
        browser.close()
    for shown in (DOCS / "images").glob("*.png"):
        shutil.copyfile(SHOTS / shown.name, shown)
    print(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
