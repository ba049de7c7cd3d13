"""Prompts and many requests at once, over sockets, with several processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.carrier import Carrier
from tests.support.crowd import MOBILES, Desk, at_once, desk_of, everybody, twins
from tests.support.http_client import Visitor
from tests.support.kit import PASSWORD
from tests.support.site import Site
from trustweb.models import Account, Challenge, JournalEntry, Limit


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    carrier.forget()
    settings = carrier.settings | {"TRUSTWEB_WEB_THREADS": "64"}  # this crowd is no flood
    if request.param == "postgresql":
        settings["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    folder = tmp_path_factory.mktemp("prompts") / "instance"
    with Site(folder, settings, workers=3, threads=4) as site, desk_of(site) as desk:
        yield desk


@pytest.fixture
def account(desk: Desk) -> Account:
    at = desk.count(Account)
    return desk.account(f"owner{at}@example.com", numbers=(MOBILES[at],))


@pytest.fixture
def owner(desk: Desk, carrier: Carrier, account: Account) -> Visitor:
    """The trusted browser of somebody as whom three others sign in."""
    visitor, number = desk.arrive(account.name), MOBILES[desk.count(Account) - 1]
    visitor.submit("Continue", verification_code=carrier.wait_for(number)[-1].code).submit("Trust")
    for _ in range(3):
        desk.arrive(account.name)
    return visitor.get("/prompts")


def denials(owner: Visitor) -> list[str]:
    """Return the addresses at which the waiting sign-ins are denied."""
    return [each for form in owner.page.all("form") if (each := form.get("action")).endswith("/deny")]


def test_three_that_are_denied_many_times_at_once_are_three(desk: Desk, account: Account, owner: Visitor) -> None:
    clicks = [(twin, path) for path in denials(owner) for twin in twins(owner, 8)]
    assert len(clicks) == 24

    at_once([lambda twin=twin, path=path: twin.submit(path) for twin, path in clicks])  # type: ignore[misc]

    assert desk.count(Limit, name="stranger_prompts_denied", subject=str(account.id), hits=3) == 1
    assert desk.count(JournalEntry, account_id=account.id, event="prompt_denied") == 3
    assert desk.count(JournalEntry, account_id=account.id, event="sign_ins_denied") == 1


def test_after_them_nobody_of_many_at_once_asks(desk: Desk, account: Account, owner: Visitor) -> None:
    for path in denials(owner):
        owner.tab().submit(path)
    with desk.database.writing() as work:
        work.db.query(Limit).filter(Limit.name == "stranger_prompts", Limit.span > 0).delete()
    crowd = [Visitor(desk.site.url).get("/sign-in") for _ in range(5)]

    everybody(crowd, lambda racer: racer.submit("Sign In", account=account.name, password=PASSWORD))

    assert desk.count(Challenge, account_id=account.id, method="device", sends=0) == 5
    assert {racer.path for racer in crowd} == {"/sign-in/code"}
