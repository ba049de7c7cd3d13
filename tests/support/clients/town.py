"""A site with apps beside it, and people who go there in Chromium."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self, TypeVar

from playwright.sync_api import Browser, ConsoleMessage, Request

from tests.support.browser_sites import Surfer
from tests.support.carrier import Carrier
from tests.support.clients.client import Client
from tests.support.crowd import MOBILES, desk_of
from tests.support.kit import PASSWORD
from tests.support.person import Person
from tests.support.site import Site
from trustweb.models import Account

AnyClient = TypeVar("AnyClient", bound=Client)


class Town:
    """One site for all tests of a file; an app is added and started when the first of them goes there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._clients: dict[type[Client], Client] = {}
        self._people = itertools.count()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self.carrier = starting.enter_context(Carrier())
            settings = self.carrier.settings | {"TRUSTWEB_TWO_FACTOR": "optional"}
            self.site = starting.enter_context(Site(self.folder / "instance", settings, threads=8))
            self.desk = starting.enter_context(desk_of(self.site))
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def app(self, kind: type[AnyClient], *more: str) -> AnyClient:
        """Return an app that runs. ``more``: options of the command that adds it, the first time."""
        if kind not in self._clients:
            folder = self.folder / kind.NAME
            folder.mkdir()
            self._clients[kind] = self._running.enter_context(kind(folder).added(self.site, *more))
        client = self._clients[kind]
        assert isinstance(client, kind)
        return client

    def guest(self, browser: Browser, *, javascript: bool = True, phone: bool = True) -> Guest:
        """Return somebody with an account, a phone and a browser of their own."""
        number = next(self._people)
        name = f"guest{number}@example.com"
        account = self.desk.account(name, numbers=(MOBILES[number],) if phone else ())
        with self.desk.database.writing() as work:
            work.db.get_one(Account, account.id).display_name = f"Guest {number}"
        return Guest(self, browser, account, MOBILES[number], javascript=javascript)

    def again(self, guest: Guest) -> Guest:
        """Return another browser of the same person."""
        other = Guest(self, guest.browser, guest.account, guest.number)
        other.codes = guest.codes
        return other


class Walker(Person):
    """Somebody who goes to other people's pages too."""

    def takes(self, surfer: Surfer) -> None:
        """Go on as a browser that is signed in at the account's host."""
        for name, value in surfer.jar["localhost"].items():
            kept = {"name": name, "value": value, "domain": "localhost", "path": "/", "httpOnly": True}
            self.context.add_cookies([{**kept, "sameSite": "Lax"}])

    def heard(self, message: ConsoleMessage) -> None:
        if str(message.location.get("url")).startswith(self.url):  # what other people's pages say is theirs
            super().heard(message)

    def _asked(self, request: Request) -> None:
        """Do nothing: other hosts are where these people go."""


class Guest(Walker):
    """Somebody who goes to apps, which send them to sign in."""

    def __init__(self, town: Town, browser: Browser, account: Account, number: str, **how: Any) -> None:
        super().__init__(browser, town.site.url, **how)
        self.town, self.browser, self.account, self.number = town, browser, account, number
        self.codes = 0

    @property
    def shown(self) -> str:
        return self.account.name.partition("@")[0].replace("guest", "Guest ")

    def gives_the_password(self) -> None:
        self.fills(Account=self.account.name, Password=PASSWORD)
        self.presses("Sign In")

    def types_the_code(self) -> None:
        self.codes += 1
        sent = self.town.carrier.wait_for(self.number, "text", self.codes, codes=True)
        self.fills(Verification_Code=sent[-1].code)
        self.presses("Continue")

    def signs_in(self) -> None:
        """Sign in on the way to an app, with password and code, and trust no browser."""
        self.gives_the_password()
        self.types_the_code()
        self.presses("Not Now")

    def enters(self, client: Client) -> str | None:
        """Sign in to an app, and return the session that one has there then."""
        self.page.goto(client.sign_in)
        self.signs_in()
        return self.arrives(client)

    def is_let_in(self, client: Client) -> str | None:
        """Go to an app while the account is signed in here: no page is between. Return the session there."""
        self.page.goto(client.sign_in)
        return self.arrives(client)

    def arrives(self, client: Client) -> str | None:
        self.page.wait_for_url(f"{client.url}/**")
        kept = {each.get("name"): each.get("value") for each in self.context.cookies(client.url)}
        return client.session_of(self.page.url, kept.get(client.COOKIE))

    def is_out(self) -> bool:
        """Tell whether the account's own page asks this browser to sign in."""
        return "/sign-in" in self.context.request.get(f"{self.url}/security").url
