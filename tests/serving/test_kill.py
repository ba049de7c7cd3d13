"""kill -9, full disks and lost servers: nothing is lost, nothing is half done, and everybody gets in at last.

``SOAK=20 python -m pytest tests/serving/test_kill.py`` does the killing twenty times over.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from tests.support.carrier import Carrier
from tests.support.carrier_server import Sent
from tests.support.crowd import COUNTRIES, MOBILES, Desk, desk_of, everybody, press
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, PASSWORD
from tests.support.services import Postgres, Redis
from tests.support.site import Site
from trustweb.models import Challenge, SignInSession

ROUNDS = range(int(os.environ.get("SOAK", "1")))
SETTINGS = {"SWEEP": "1", "LEASE": "2", "WORKER": "0", "WORKER_THREADS": "4", "PROVED_SENDS": "100/60"}


class Watcher:
    """Told of each message while the carrier's answer is still held back."""

    def __init__(self) -> None:
        self.act: Callable[[Sent], None] | None = None

    def __call__(self, sent: Sent) -> None:
        if self.act:
            self.act(sent)


class Footing:
    """A site, its carrier, and the servers that it stands on."""

    def __init__(self, site: Site, carrier: Carrier, watcher: Watcher, desk: Desk, redis: Redis, postgres: Postgres):
        self.site, self.carrier, self.watcher, self.desk = site, carrier, watcher, desk
        self.redis, self.postgres = redis, postgres
        self.ids = iter(range(100_000))
        self.names_of: dict[str, str] = {}

    def arrive(self, number: str) -> Visitor:
        """A new account with this number, at the page where one picks a number."""
        name = self.names_of[number] = f"{next(self.ids)}@example.com"
        self.desk.account(name, numbers=(number, MOBILE))
        return self.desk.arrive(name)

    def three(self) -> list[tuple[str, Visitor]]:
        self.carrier.forget()
        return [(number, self.arrive(number)) for number in MOBILES[:3]]

    def web_processes(self) -> list[int]:
        assert self.site.web
        return [
            int(child)
            for child in Path(f"/proc/{self.site.web.id}/task/{self.site.web.id}/children").read_text().split()
        ]


@pytest.fixture(scope="module")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Redis, Postgres]]:
    """Not those of the other tests: these are stopped in the middle."""
    with Redis(tmp_path_factory.mktemp("redis")) as redis, Postgres() as postgres:
        yield redis, postgres


@pytest.fixture(scope="module", params=["sweep", "redis"])
def footing(
    request: pytest.FixtureRequest, own_servers: tuple[Redis, Postgres], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Footing]:
    redis, postgres = own_servers
    settings = {f"TRUSTWEB_{name}": value for name, value in SETTINGS.items()}
    settings["TRUSTWEB_COUNTRIES"] = ",".join(COUNTRIES)
    if request.param == "redis":
        settings |= {"TRUSTWEB_QUEUE_URL": redis.new_database(), "TRUSTWEB_DATABASE_URL": postgres.new_database()}
    watcher = Watcher()
    with Carrier(heard=watcher) as carrier:
        folder = tmp_path_factory.mktemp("kill") / "instance"
        with (
            Site(folder, carrier.settings | settings, workers=2, worker_processes=1) as site,
            desk_of(site) as desk,
        ):
            yield Footing(site, carrier, watcher, desk, redis, postgres)


People = list[tuple[str, Visitor]]


def kill_before(on: Footing, people: People) -> None:
    os.kill(on.site.worker[-1].id, signal.SIGSTOP)
    for number, visitor in people:
        press(visitor, number)
    on.site.kill_worker()


def kill_during(on: Footing, people: People) -> None:
    on.carrier.fault("text", "hang", times=len(people))
    for number, visitor in people:
        press(visitor, number)
    until(lambda: len(on.carrier.posts) > 0)
    on.site.kill_worker()
    on.carrier.heal()


def kill_after(on: Footing, people: People) -> None:
    killed = threading.Event()
    on.watcher.act = lambda _sent: killed.wait(5) and None  # the message is taken, the answer does not come yet
    for number, visitor in people:
        press(visitor, number)
    until(lambda: len(on.carrier.texts) > 0)
    on.site.kill_worker()
    on.watcher.act = None
    killed.set()


def until(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("kill", [kill_before, kill_during, kill_after])
@pytest.mark.parametrize("nth", ROUNDS)
def test_a_killed_worker_loses_no_code(kill: Callable[[Footing, People], None], nth: int, footing: Footing) -> None:
    people = footing.three()
    kill(footing, people)
    arrived = [sent.number for sent in footing.carrier.texts]

    footing.site.start_worker()

    for number, visitor in people:
        messages = footing.carrier.wait_for(number, count=arrived.count(number) + 1)
        assert len({sent.code for sent in messages}) == 1
        assert visitor.submit("Continue", verification_code=messages[-1].code).path == "/security"


@pytest.mark.parametrize("footing", ["sweep"], indirect=True)
def test_a_worker_that_is_asked_to_stop_ends_what_it_began(footing: Footing) -> None:
    (number, visitor), *_ = footing.three()
    footing.watcher.act = lambda _sent: time.sleep(1.3)  # longer than a worker waits before it turns to the next
    press(visitor, number)
    footing.carrier.wait_for(number)

    footing.site.worker[-1].stop()
    leases = [row.lease for row in footing.desk.deliveries(number)]
    footing.watcher.act = None
    footing.site.start_worker()

    assert leases[-1] is None


def test_a_killed_web_process_leaves_nothing_half_done(footing: Footing) -> None:
    footing.carrier.forget()
    people = [(number, press(footing.arrive(number), number)) for number in MOBILES[3:11]]
    codes = {visitor: footing.carrier.wait_for(number)[-1].code for number, visitor in people}

    killer = threading.Timer(0.03, lambda: [os.kill(each, signal.SIGKILL) for each in footing.web_processes()])
    killer.start()
    everybody(list(codes), lambda visitor: type_code(visitor, codes[visitor]))
    killer.join()

    with footing.desk.database.reading() as work:
        both = select(Challenge.outcome, SignInSession.stage).join(SignInSession)
        rows = work.db.execute(both.where(Challenge.number.in_(MOBILES[3:11]))).all()
    assert {tuple(row) for row in rows} <= {("used", "full"), (None, "password")}
    for number, visitor in people:
        assert gets_in(footing, number, visitor, codes[visitor])


def type_code(visitor: Visitor, code: str) -> None:
    with suppress(requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        visitor.submit("Continue", verification_code=code)


def gets_in(on: Footing, number: str, visitor: Visitor, code: str) -> bool:
    """Go on where one was, or from the beginning when the answer with the new session was lost."""
    if visitor.get("/sign-in/code").path == "/sign-in":
        visitor.submit("Sign In", account=on.names_of[number], password=PASSWORD)
        press(visitor, number)
        code = on.carrier.wait_for(number, count=2)[-1].code
    return visitor.path == "/security" or visitor.submit("Continue", verification_code=code).path == "/security"


def limit_files(processes: list[int], size: int) -> None:
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.parametrize("footing", ["sweep"], indirect=True)
def test_a_full_disk_is_said_plainly_and_changes_nothing(footing: Footing) -> None:
    (number, visitor), *_ = footing.three()
    press(visitor, number)
    code = footing.carrier.wait_for(number)[-1].code
    full, signing_in = visitor.tab(), Visitor(footing.site.url).get("/sign-in")

    limit_files(footing.web_processes(), 4096)
    full.submit("Continue", verification_code=code)
    signing_in.submit("Sign In", account=footing.names_of[number], password=PASSWORD)
    limit_files(footing.web_processes(), resource.RLIM_INFINITY)

    for each in (full, signing_in):
        assert (each.status, "Nothing was changed." in each.text) == (503, True)
    assert visitor.submit("Continue", verification_code=code).path == "/security"


@pytest.mark.parametrize("footing", ["redis"], indirect=True)
@pytest.mark.parametrize("end", ["killed", "frozen"])
def test_without_redis_codes_arrive_and_nobody_waits(footing: Footing, end: str) -> None:
    people, redis = footing.three(), footing.redis
    redis.process.kill() if end == "killed" else os.kill(redis.process.id, signal.SIGSTOP)
    waited = []
    try:
        for number, visitor in people:
            began = time.monotonic()
            press(visitor, number)
            waited.append(time.monotonic() - began)
        for number, _ in people:
            assert footing.carrier.wait_for(number)
    finally:
        redis.start() if end == "killed" else os.kill(redis.process.id, signal.SIGCONT)
    assert max(waited) < 20  # nobody would wake a frozen one


@pytest.mark.parametrize("footing", ["redis"], indirect=True)
def test_a_database_that_restarts_is_missed_only_meanwhile(footing: Footing) -> None:
    (number, visitor), *_ = footing.three()
    server, folder = footing.postgres, footing.postgres.folder
    server.process.stop()

    away = [visitor.tab().get("/sign-in/code"), Visitor(footing.site.url).get("/healthz")]
    server._serve(Path(server.process.command[0]), folder / "data", folder / "log")

    assert press(visitor.get("/sign-in/code"), number).status == 200, visitor.text
    code = footing.carrier.wait_for(number)[-1].code
    assert visitor.submit("Continue", verification_code=code).path == "/security", visitor.text
    assert [each.status for each in away] == [503, 503]
    assert "Please try again in a moment" in away[0].text
