"""App-specific passwords and many requests at once, over sockets, with several processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support import apps
from tests.support.crowd import Desk, at_once, desk_of, everybody, twins
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE
from tests.support.programs import APP_PASSWORD, give
from tests.support.site import Site
from tests.support.statements import executed
from trustweb.clock import utc_now
from trustweb.models import Account, AppPassword
from trustweb.services import programs
from trustweb.services.programs import Caller


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = {"TRUSTWEB_PLUGINS": "tests/support/plugins", "TRUSTWEB_WORKER": "0"}
    if request.param == "postgresql":
        settings["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    folder = tmp_path_factory.mktemp("races") / "instance"
    with Site(folder, settings, workers=3, threads=4) as site, desk_of(site) as desk:
        yield desk


def owner(desk: Desk, name: str) -> tuple[Account, Visitor]:
    account = desk.account(name, numbers=(MOBILE,))
    app = apps.give(desk, account)
    visitor = desk.arrive(name).submit("Continue", verification_code=app.at(utc_now()))
    return account, visitor.get("/security/app-passwords/new")


def create(racer: Visitor) -> Visitor:
    return racer.submit("Create", name="Racer", service="mail")


def test_of_sixty_four_at_the_limit_one_is_made(desk: Desk) -> None:
    account, visitor = owner(desk, "one@example.com")
    for at in range(24):
        give(desk, account, handle=f"one{at:05}")
    racers = [twin.get("/security/app-passwords/new") for twin in twins(visitor, 64)]

    everybody(racers, create)

    assert Counter(racer.status for racer in racers) == {200: 1, 422: 63}
    assert desk.count(AppPassword, account_id=account.id) == 25


def test_of_one_form_sixty_four_times_one_is_made_and_all_show_it(desk: Desk) -> None:
    account, visitor = owner(desk, "two@example.com")
    racers = twins(visitor, 64)

    everybody(racers, create)

    assert {tuple(APP_PASSWORD.findall(racer.body)) for racer in racers} == {
        tuple(APP_PASSWORD.findall(racers[0].body))
    }
    assert len(APP_PASSWORD.findall(racers[0].body)) == 1
    assert desk.count(AppPassword, account_id=account.id) == 1


def test_many_uses_at_once_are_noted_once(desk: Desk) -> None:
    account = desk.account("three@example.com", numbers=(MOBILE,))
    secret = give(desk, account, handle="three000")
    callers = [Caller(f"192.0.2.{at}", lambda _: "x") for at in range(32)]
    uses = [lambda who=who: programs.check(desk.database, "mail", account.name, secret, who) for who in callers]

    with executed(desk.database) as done:
        assert set(at_once(uses)) == {"three@example.com"}  # type: ignore[arg-type]

    assert sum(each.rows for each in done if each.sql.startswith("UPDATE app_password")) == 1
