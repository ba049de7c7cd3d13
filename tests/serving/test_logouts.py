"""Every ending on a real site, of two web processes and a worker: apps hear within ten seconds, and nothing opens."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator

import jwt
import pytest
import requests
from sqlalchemy import select

from tests.support.app_listener import AppListener
from tests.support.crowd import Desk, desk_of
from tests.support.http_client import Visitor
from tests.support.kit import PASSWORD
from tests.support.logout_requests import session_of
from tests.support.openid import CALLBACK, VERIFIER, App, give_app
from tests.support.services import Postgres, Redis
from tests.support.site import Site
from trustweb.models import Account

pytestmark = pytest.mark.slow
SETTINGS = {"TRUSTWEB_SWEEP": "1", "TRUSTWEB_LEASE": "2", "TRUSTWEB_WORKER": "0", "TRUSTWEB_DEMO": "1"}
NEW = "staple battery horse"


class Photos:
    """A site, an app that hears of logouts, and people in it."""

    def __init__(self, site: Site, desk: Desk, hears: AppListener) -> None:
        self.site, self.desk, self.hears = site, desk, hears
        self.app: App = give_app(desk, logout_uri=hears.uri)
        self.names = (f"{number}@example.com" for number in itertools.count())

    def token(self, app: App, **form: str) -> requests.Response:
        client = {"client_id": app.client_id, "client_secret": app.secret}
        return requests.post(f"{self.site.url}/token", data=client | form, timeout=10)

    def come(self, name: str, app: App) -> dict[str, str]:
        """Come to an app by the person's newest session, and return its tokens."""
        with self.desk.database.reading() as work:
            account_id = work.db.scalar(select(Account.id).where(Account.name == name))
        code = app.code(session_of(self.desk, account_id), scope="openid offline_access")
        exchange = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        answer = self.token(app, code=code, **exchange)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def opens(self, tokens: dict[str, str]) -> set[int]:
        """Return the answers of both web processes: each connection may be another one's."""
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        asks = [requests.get(f"{self.site.url}/userinfo", headers=bearer, timeout=10) for _ in range(8)]
        refreshed = self.token(self.app, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        return {*(each.status_code for each in asks), refreshed.status_code}

    def arrive(self) -> tuple[str, Visitor, dict[str, str]]:
        name = next(self.names)
        self.desk.account(name)
        visitor = self.desk.arrive(name)
        return name, visitor, self.come(name, self.app)

    def heard(self) -> set[str]:
        return {said(each["logout_token"])["sid"] for each in self.hears.heard}

    def hears_of(self, tokens: dict[str, str]) -> None:
        sid = said(tokens["id_token"])["sid"]
        self.hears.wait_until(lambda: sid in self.heard())


def said(token: str) -> dict[str, str]:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture(scope="module")
def photos(postgres: Postgres, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Photos]:
    servers = {"TRUSTWEB_DATABASE_URL": postgres.new_database(), "TRUSTWEB_QUEUE_URL": redis.new_database()}
    folder = tmp_path_factory.mktemp("logouts") / "instance"
    with (
        AppListener() as hears,
        Site(folder, SETTINGS | servers, workers=2, worker_processes=1) as site,
        desk_of(site) as desk,
    ):
        yield Photos(site, desk, hears)


def sign_out(_: Photos, __: str, visitor: Visitor) -> None:
    visitor.submit("Sign out")


def sign_out_elsewhere(photos: Photos, name: str, _: Visitor) -> None:
    photos.desk.arrive(name).get("/account").post("/security/devices/sign-out-everywhere")


def choose_a_password(_: Photos, __: str, visitor: Visitor) -> None:
    visitor.get("/security/password").submit("Change password", current_password=PASSWORD, new_password=NEW)


def disable(photos: Photos, name: str, _: Visitor) -> None:
    assert photos.site.cli("account", "disable", name).returncode == 0


def set_password(photos: Photos, name: str, _: Visitor) -> None:
    assert photos.site.cli("account", "password", name, input=NEW).returncode == 0


@pytest.mark.parametrize("way", [sign_out_elsewhere, choose_a_password, disable, set_password])
def test_an_ending_reaches_every_process_and_the_app(photos: Photos, way: Callable[..., None]) -> None:
    name, visitor, tokens = photos.arrive()
    assert photos.opens(tokens) == {200}
    name, visitor, tokens = photos.arrive()

    way(photos, name, visitor)

    assert photos.opens(tokens) == {400, 401}
    photos.hears_of(tokens)


def test_the_app_hears_of_a_sign_out(photos: Photos) -> None:
    name, visitor, tokens = photos.arrive()

    sign_out(photos, name, visitor)

    photos.hears_of(tokens)


def test_what_a_killed_worker_was_telling_is_told_again(photos: Photos) -> None:
    name, visitor, tokens = photos.arrive()
    before = len(photos.hears.heard)
    photos.hears.may_answer.clear()
    sign_out(photos, name, visitor)
    photos.hears.wait_for(before + 1)

    photos.site.kill_worker()
    photos.hears.may_answer.set()
    photos.site.start_worker()

    photos.hears.wait_for(before + 2, seconds=20)
    photos.hears_of(tokens)


def test_what_a_worker_never_began_is_told_by_the_next_one(photos: Photos) -> None:
    name, visitor, tokens = photos.arrive()
    os.kill(photos.site.worker[-1].id, signal.SIGSTOP)
    sign_out(photos, name, visitor)
    photos.site.kill_worker()

    photos.site.start_worker()

    photos.hears_of(tokens)


def test_an_app_that_hangs_keeps_no_other_waiting(photos: Photos) -> None:
    name, visitor, tokens = photos.arrive()
    with AppListener() as slow:
        slow.may_answer.clear()
        hung = give_app(photos.desk, "slow", logout_uri=slow.uri)
        photos.come(name, hung)
        sign_out(photos, name, visitor)

        photos.hears_of(tokens)
        slow.may_answer.set()
