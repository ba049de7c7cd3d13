"""The same races below the account’s lock: the conditions of the UPDATEs are enough."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update

from tests.support.apps import give
from tests.support.crowd import MOBILES, Desk, at_once, desk_of
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.sign_in import wrong_code
from tests.support.site import Site
from trustweb import invitations, models, one_time_code
from trustweb.authentication import sessions
from trustweb.codes import challenges, limits, sending
from trustweb.codes.challenges import SIGN_IN, Destination
from trustweb.delivery import outbox
from trustweb.factors import authenticator_apps, enrolled
from trustweb.models import Account, Delivery, SignInSession
from trustweb.work import Refused, Work

RACERS = 14  # as many as there are connections in one process


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A database that nobody serves."""
    is_sqlite = request.param == "sqlite"
    settings = {} if is_sqlite else {"TRUSTWEB_DATABASE_URL": request.getfixturevalue("postgres").new_database()}
    site = Site(tmp_path_factory.mktemp("unserved") / "instance", settings)
    site.logs.mkdir()
    assert not site.cli("db", "upgrade").returncode
    with desk_of(site) as desk:
        yield desk


@pytest.fixture
def sent(desk: Desk, request: pytest.FixtureRequest) -> tuple[SignInSession, str]:
    """A half-open session, and the code that it waits for."""
    account = desk.account(f"{request.node.originalname}@example.com", numbers=(MOBILES[0],))
    with desk.database.writing(account.id) as work:
        session, _ = sessions.start(work, account.id, stage=sessions.PASSWORD, known_browser=False)
        destination = Destination(MOBILES[0], "DE", "mobile", "")
        challenge = sending.send(work, session, SIGN_IN, destination, "text", seen_token="")
        return session, one_time_code.derive(challenge, work.keys)


def race(desk: Desk, act: Callable[[Work], object]) -> Counter[str]:
    """Do it many times at once, and count the outcomes: names of refusals, or values."""

    def run() -> str:
        try:
            with desk.database.writing() as work:
                return str(bool(act(work)))
        except Refused as refused:
            return type(refused).__name__

    return Counter(at_once([run] * RACERS))


def test_a_right_code_counts_once(desk: Desk, sent: tuple[SignInSession, str]) -> None:
    session, code = sent

    outcomes = race(desk, lambda work: challenges.check(work, session, SIGN_IN, code))

    assert outcomes["True"] == 1


def test_a_wrong_code_takes_five_tries(desk: Desk, sent: tuple[SignInSession, str]) -> None:
    session, code = sent

    outcomes = race(desk, lambda work: challenges.check(work, session, SIGN_IN, wrong_code(code)))

    assert outcomes == {"CodeWrong": 5, "NoTriesLeft": RACERS - 5}


def test_an_apps_code_counts_once_over_all_sessions(desk: Desk) -> None:
    account = desk.account("apps@example.com")
    app = give(desk, account)
    asked = []
    with desk.database.writing(account.id) as work:
        mine = authenticator_apps.destination(enrolled.of(work, account.id).apps[0])
        for _ in range(RACERS):
            session, _ = sessions.start(work, account.id, stage=sessions.PASSWORD, known_browser=True)
            sending.begin(work, session, SIGN_IN, mine)
            asked.append(session)
        code = app.at(work.now)

    outcomes = race(desk, lambda work: challenges.check(work, asked.pop(), SIGN_IN, code))

    assert outcomes["True"] == 1
    assert set(outcomes) <= {"True", "CodeUsed", "TooOften"}


def test_a_message_has_one_lease(desk: Desk, sent: tuple[SignInSession, str]) -> None:
    with desk.database.reading() as work:
        delivery = max(outbox.due(work))

    outcomes = race(desk, lambda work: outbox.take(work, delivery))

    assert outcomes == {"True": 1, "False": RACERS - 1}
    assert desk.count(Delivery, id=delivery, attempts=1) == 1


def test_an_invitation_makes_one_account(desk: Desk) -> None:
    with desk.database.writing() as work:
        token = invitations.make(work)
    names = iter(range(RACERS))

    def accept(work: Work) -> object:
        name = f"{next(names)}@example.com"
        return invitations.accept(work, token, name=name, password_hash="", language="en", time_zone="UTC")

    assert race(desk, accept) == {"True": 1, "InvitationSpent": RACERS - 1}


def test_a_limit_lets_as_many_through_as_it_says(desk: Desk) -> None:
    outcomes = race(desk, lambda work: limits.hit(work, "tries", "", ((3, 60), (5, 600))))

    assert outcomes == {"False": 3, "TooOften": RACERS - 3}


def test_a_worker_that_overslept_its_lease_has_no_say(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    with kit.core.database.writing() as work:
        late = outbox.take(work, 1)
    kit.clock.forward(seconds=kit.core.config.lease + 1)
    with kit.core.database.writing() as work:
        ours = outbox.take(work, 1)
        assert late
        assert ours
        assert not outbox.settle(work, 1, late.lease, outbox.FAILED)
        assert not outbox.postpone(work, 1, late.lease, seconds=0, tried="", reason="")
        assert work.db.get_one(Delivery, 1).state == outbox.QUEUED
        assert outbox.settle(work, 1, ours.lease, outbox.SENT)


@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)
@pytest.mark.parametrize("command", [["disable"], ["password"]])
def test_the_command_line_locks_the_account_before_the_site(desk: Desk, command: list[str]) -> None:
    name = f"{command[0]}@example.com"
    account = desk.account(name)
    with desk.database.engine.begin() as held, ThreadPoolExecutor(1) as pool:
        held.execute(select(Account.id).where(Account.id == account.id).with_for_update())
        done = pool.submit(desk.site.cli, "account", *command, name, input="lantern gravel seventeen\n")
        while not (done.done() or held.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))):
            time.sleep(0.02)

        held.execute(text("SET LOCAL lock_timeout = 500"))
        held.execute(update(models.Site).values(seen_at=models.Site.seen_at))
        held.commit()

        assert not done.result().returncode
