"""Pictures of the way to a service, from an app and back."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.screenshots.model import Model
from tests.support.at_services import add, app
from tests.support.carrier import Carrier
from tests.support.relying_party import App
from tests.support.site import Site
from tests.support.story import MOBILE, Story, set_up_link, writing


def photograph_services(browser: Browser, site: Site, carrier: Carrier) -> None:
    story = Story(Model(browser, site.url), carrier)
    story.sets_up(set_up_link(site))
    story.asks_for_a_code("07400 123456")
    story.types(story.code(MOBILE))
    story.person.sees("Only one number.")
    photos = App(callback=f"{site.url}/nothing-here")
    with writing(site) as work:
        add(work, **app("photos"), title="Photos", asks_consent=True, redirect_uris=[photos.callback])
    photograph_the_way(story, photos)
    photograph_the_bars(story.person, site, photos)


def photograph_the_way(story: Story, photos: App) -> None:
    model = story.person
    model.presses("Sign out")
    model.opens(photos.address(scope="openid profile email offline_access"))
    model.shot("service-sign-in")
    story.gives_the_password()
    model.field("Verification Code").wait_for()
    model.shot("service-code")
    story.types(story.code(MOBILE))
    model.says("Trust this browser?").wait_for()
    model.shot("service-trust")
    model.page.get_by_role("link", name="Not Now").click()
    model.button("Allow").wait_for()
    model.shot("service-consent")


def photograph_the_bars(model: Model, site: Site, photos: App) -> None:
    for name, columns in (("passkey", {"needs": "passkey"}), ("group", {"groups": ["family"], "needs": "password"})):
        with writing(site) as work:
            add(work, **columns)
        model.opens(photos.address())
        model.shot(f"service-needs-{name}")
    model.opens("/authorize?client_id=nobody")
    model.shot("service-unknown")
    model.opens(f"/authorize/{'x' * 43}")
    model.shot("service-over")
