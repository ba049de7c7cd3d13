"""People at a service of a running site by all ways: a browser's cookie, an app's tokens, and an offline grant."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import requests
from sqlalchemy import insert, update

from tests.support.app_listener import AppListener
from tests.support.crowd import Desk, desk_of
from tests.support.http_client import Visitor
from tests.support.kit import OTHER_MOBILE
from tests.support.logout_requests import session_of
from tests.support.openid import EXCHANGE, REFRESH, App, give_app
from tests.support.service_endings import session_by
from tests.support.site import Site
from trustweb.accounts import token_hash
from trustweb.models import Account, AccountGroup, Factor, ServiceAccess, SessionView
from trustweb.services import service_sessions
from trustweb.services.service_sessions import BROWSER, Proof

SETTINGS = {"TRUSTWEB_SWEEP": "1", "TRUSTWEB_LEASE": "2", "TRUSTWEB_WORKER": "0", "TRUSTWEB_DEMO": "1"}
EVERYTHING = {"cookie", "access token", "introspection", "refresh", "offline access token", "offline refresh"}
OFFLINE = {"offline access token", "offline refresh"}


@dataclass
class Guest:
    """Somebody at a service of their own."""

    place: Place
    app: App
    account: Account
    session: SessionView
    visitor: Visitor | None = None

    @property
    def service(self) -> str:
        return self.app.service.name

    def come(self) -> None:
        """Come in by all ways."""
        self.cookie = secrets.token_urlsafe(32)
        hashed, session = token_hash(self.cookie), self.session
        with self.place.desk.database.writing(session.account_id) as work:
            proof = Proof(work.now, "password", "pwd", session.proved_by)
            service_sessions.start(work, session, self.app.service, BROWSER, proof, token_hash=hashed)
        self.tokens = self._tokens("openid")
        self.offline = self._tokens("openid offline_access")
        self.sid = jwt.decode(self.tokens["id_token"], options={"verify_signature": False})["sid"]

    def _tokens(self, scope: str) -> dict[str, Any]:
        answer = self._post("token", **EXCHANGE, code=self.app.code(self.session, scope=scope))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _post(self, path: str, **form: str) -> requests.Response:
        return requests.post(f"{self.place.site.url}/{path}", data=self.app.own | form, timeout=10)

    def opens(self) -> set[str]:
        """Return what opens, asked twice: each connection may be another process's. A refresh is spent by it."""
        asked = {name for _ in range(2) for name, opens in self._looks() if opens}
        refreshes = {"refresh": self.tokens, "offline refresh": self.offline}
        for name, tokens in refreshes.items():
            if self._post("token", **REFRESH, refresh_token=tokens["refresh_token"]).status_code == 200:
                asked.add(name)
        return asked

    def _looks(self) -> Iterator[tuple[str, bool]]:
        url, cookie = self.place.site.url, {"Cookie": f"trustweb-{self.service}={self.cookie}"}
        yield "cookie", requests.get(f"{url}/auth/browser/{self.service}", headers=cookie, timeout=10).ok
        for name, tokens in (("access token", self.tokens), ("offline access token", self.offline)):
            bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
            yield name, requests.get(f"{url}/userinfo", headers=bearer, timeout=10).ok
        told = self._post("introspect", token=self.tokens["access_token"]).json()
        yield "introspection", told.get("active", False)


@dataclass
class Place:
    """A site of two web processes and a worker, on PostgreSQL; and an app that hears of logouts."""

    site: Site
    desk: Desk
    hears: AppListener

    def __post_init__(self) -> None:
        self._numbers = itertools.count()

    def guest(self, *, signs_in: bool = True) -> Guest:
        """Return somebody who came by all ways: by a browser, or by a session that a phone proved."""
        number = next(self._numbers)
        values: dict[str, Any] = {"browser": True, "origin": f"http://s{number}.localhost:8000", "groups": ["family"]}
        app = give_app(self.desk, f"s{number}", logout_uri=self.hears.uri, **values)
        account = self.desk.account(f"{number}@example.com", numbers=() if signs_in else (OTHER_MOBILE,))
        with self.desk.database.writing() as work:
            work.execute(insert(AccountGroup), {"account_id": account.id, "name": "family"})
            work.db.execute(update(Factor).where(Factor.account_id == account.id).values(label="lost"))
            consent = {"sub": secrets.token_urlsafe(32), "scopes": "openid offline_access", "consented_at": work.now}
            row = {"account_id": account.id, "service_id": app.service.id, "created_at": work.now}
            work.execute(insert(ServiceAccess), row | consent)
        visitor = self.desk.arrive(account.name) if signs_in else None
        session = session_of(self.desk, account.id) if signs_in else session_by(self.desk, account.id, "lost", "lost")
        guest = Guest(self, app, account, session, visitor)
        guest.come()
        return guest

    def hears_of(self, guest: Guest) -> None:
        """Wait until the app has heard that somebody's sign-in has ended, at most ten seconds."""
        self.hears.wait_until(lambda: guest.sid in {_sid(each["logout_token"]) for each in self.hears.heard})


def _sid(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["sid"])


@contextmanager
def place_of(folder: Path, servers: dict[str, str]) -> Iterator[Place]:
    with ExitStack() as stack:
        hears = stack.enter_context(AppListener())
        site = stack.enter_context(Site(folder, SETTINGS | servers, workers=2, worker_processes=1))
        yield Place(site, stack.enter_context(desk_of(site)), hears)
