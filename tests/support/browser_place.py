"""Everything that runs where a site stands behind the browser door: Trustweb, the site and its proxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.browser_sites import BrowserCaddy, BrowserNginx, Recorder, Surfer, recording, sign_in
from tests.support.crowd import Desk, desk_of
from tests.support.kit import ALICE, MOBILE
from tests.support.site import Site
from trustweb.models import Account, Service


@dataclass
class Place:
    """Everything that runs, and the account of Alice."""

    desk: Desk
    app: Recorder
    proxy: BrowserNginx | BrowserCaddy
    account: Account

    def signed_in(self) -> Surfer:
        return sign_in(self.desk.database, self.account.id)

    def inside(self) -> Surfer:
        """Return the browser of somebody who has opened a page of the site."""
        surfer = self.signed_in()
        assert surfer.open(f"{self.proxy.origin}/albums")[-1].body == "album"
        return surfer


@contextmanager
def place_of(front: type[BrowserNginx] | type[BrowserCaddy], folder: Path) -> Iterator[Place]:
    with ExitStack() as running:
        app = running.enter_context(recording())
        site = Site(folder / "instance", {"TRUSTWEB_PLUGINS": "tests/support/plugins"}, threads=8)
        proxy = front(folder, site.port, app.port)
        site.settings |= proxy.settings
        running.enter_context(site)
        running.enter_context(proxy)
        desk = running.enter_context(desk_of(site))
        with desk.database.writing() as work:
            work.db.add(Service(name="photos", created_at=work.now, browser=True, origin=proxy.origin))
        yield Place(desk, app, proxy, desk.account(ALICE, numbers=(MOBILE,)))
