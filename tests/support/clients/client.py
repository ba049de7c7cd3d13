"""An app that signs people in with Trustweb: registered there first, then started."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any, ClassVar, Self

import requests
from playwright.sync_api import Page

from tests.support.markdown import blocks
from tests.support.processes import Process, free_port, listening
from tests.support.services import Service
from tests.support.site import Site

# What the machine of the tests has set is not for programs that stand beside Trustweb.
NOT_THEIRS = ("TRUSTWEB_", "VONAGE_", "CLIENT_", "PORT", "PYTHON", "DJANGO_", "FLASK_", "NODE_")


class Client(Service):
    """One app: ``with Wiki(folder).added(site) as wiki``.

    Its addresses are known before it starts, since the client's id and secret come of registering them.
    """

    PAGE: ClassVar[Path]
    """The page of docs/services/ that says how it is added and set up."""
    NAME = ""
    """Its service there; the app's host is called by it."""
    SIGN_IN = "/sign-in"
    CALLBACK = "/callback"
    SIGNED_OUT: str | None = "/"
    BACK_CHANNEL: str | None = None
    COOKIE = ""
    """The name of its session's cookie. Cookies know no ports: on one host no two apps may have the same."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.issuer = self.client_id = self.client_secret = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sign_in(self) -> str:
        return self.url + self.SIGN_IN

    @property
    def redirect_uri(self) -> str:
        return self.url + self.CALLBACK

    @property
    def signed_out_uri(self) -> str | None:
        """Where sign-out at Trustweb leads back to, if the app can ask for it."""
        return None if self.SIGNED_OUT is None else self.url + self.SIGNED_OUT

    @property
    def back_channel_uri(self) -> str | None:
        """Where Trustweb tells the app that a session has ended, if it wants to hear."""
        return None if self.BACK_CHANNEL is None else self.url + self.BACK_CHANNEL

    def registered(self, issuer: str, client_id: str, client_secret: str) -> Self:
        self.issuer, self.client_id, self.client_secret = issuer, client_id, client_secret
        return self

    def adding(self) -> str:
        """Return the command that adds it to a site."""
        (command,) = (each for each in blocks(self.PAGE, "sh") if each.startswith("trustweb service add"))
        return command

    def added(self, site: Site, *more: str) -> Self:
        """Add it to a site, and let it know what that printed."""
        words = shlex.split(self.filled(self.adding(), self.NAME).replace("\\\n", ""))
        done = site.cli(*words[1:], *more, "--json")
        assert done.returncode == 0, done.stderr
        printed = json.loads(done.stdout)
        return self.registered(site.url, printed["client_id"], printed.get("client_secret") or "")

    def command(self) -> list[str | Path]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {"TRUSTWEB_ISSUER": self.issuer, "CLIENT_ID": self.client_id, "CLIENT_SECRET": self.client_secret}

    def filled(self, block: str, host: str) -> str:
        """Fill in what a page of docs/services/ leaves open: whose Trustweb, whose app, and what registering gave."""
        known = {"https://account.example.com": self.issuer, f"https://{host}.example.com": self.url}
        known |= {"<client_id>": self.client_id, "<client_secret>": self.client_secret}
        for example, ours in known.items():
            block = block.replace(example, ours)
        return block

    def prepare(self) -> None:
        """Write what it reads when it starts."""

    def start(self) -> None:
        command = self.command()
        self.prepare()
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THEIRS)}
        settings = clean | self.environment() | {"PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        self.process = Process(command, self.folder / "log", environment=settings, folder=self.folder)
        self.process.wait_until(lambda: listening(self.port), seconds=40)

    def signs_out(self, page: Page) -> None:
        """Sign out of it in a browser that stands at its start."""
        page.get_by_role("button", name="Sign Out").click()

    def session_of(self, _address: str, cookie: str | None) -> str | None:
        """Return what ``who`` takes for a browser that has come back to this address, with this cookie."""
        return cookie

    def who(self, cookie: str | None) -> dict[str, Any]:
        """Return what the app knows of the person whose browser has this cookie of its; nothing of a stranger."""
        raise NotImplementedError

    def get(self, path: str, cookie: str | None = None, **headers: str) -> requests.Response:
        """Ask the app as a browser with this cookie does, without following where it sends that."""
        with requests.Session() as session:
            session.trust_env = False
            cookies = {self.COOKIE: cookie} if cookie else {}
            return session.get(self.url + path, cookies=cookies, headers=headers, allow_redirects=False, timeout=20)

    def asks(self) -> str:
        """Return the address at Trustweb to which the app sends a stranger who wants to sign in."""
        return self.get(self.sign_in.removeprefix(self.url)).headers["Location"]

    def told(self, logout_token: str) -> requests.Response:
        """Tell the app, as Trustweb does, that a session has ended."""
        assert self.back_channel_uri
        with requests.Session() as session:
            session.trust_env = False
            return session.post(self.back_channel_uri, data={"logout_token": logout_token}, timeout=20)
