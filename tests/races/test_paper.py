"""Recovery keys, backup codes and many requests at once, over sockets, with several processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.carrier import Carrier
from tests.support.crowd import Desk, at_once, desk_of, everybody, twins
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE
from tests.support.paper import CODE, KEY, NEW_KEY, ON_PAPER, give_codes, give_key, secrets_on
from tests.support.site import Site
from trustweb.models import BackupCodes, Factor, RecoveryKey, SignInSession


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Carrier() as carrier:
        settings = carrier.settings | {"TRUSTWEB_CODE_FAILURES": "100/60"}
        if request.param == "postgresql":
            settings["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
        folder = tmp_path_factory.mktemp("races") / "instance"
        with Site(folder, settings, workers=3, threads=4) as site, desk_of(site) as desk:
            yield desk


def racers(desk: Desk, name: str, way: str, browsers: int = 8, each: int = 8) -> list[Visitor]:
    """Browsers, each many times over, on the page where one types what is on paper."""
    waiting = [desk.arrive(name).submit(way) for _ in range(browsers)]
    return [twin for browser in waiting for twin in twins(browser, each)]


def let_in(desk: Desk, account_id: int) -> int:
    return desk.count(SignInSession, account_id=account_id, stage="full")


def test_of_sixty_four_in_eight_browsers_with_the_key_one_gets_in(desk: Desk) -> None:
    account = desk.account("one@example.com", numbers=(MOBILE,))
    key = give_key(desk, account)
    crowd = racers(desk, "one@example.com", KEY)

    everybody(crowd, lambda racer: racer.submit("Continue", typed=key))

    assert let_in(desk, account.id) == 1
    assert [racer.hops[0].status for racer in crowd].count(422) >= 56
    assert [racer.path for racer in crowd].count("/security") >= 1


def test_of_sixty_four_in_eight_browsers_with_one_code_one_gets_in(desk: Desk) -> None:
    account = desk.account("two@example.com", numbers=(MOBILE,))
    code, *_ = give_codes(desk, account)
    crowd = racers(desk, "two@example.com", CODE)

    everybody(crowd, lambda racer: racer.submit("Continue", typed=code))

    assert let_in(desk, account.id) == 1
    assert desk.count(BackupCodes, account_id=account.id, codes_left=9) == 1


def test_eight_browsers_with_eight_codes_all_get_in(desk: Desk) -> None:
    account = desk.account("three@example.com", numbers=(MOBILE,))
    codes = give_codes(desk, account)
    crowd = racers(desk, "three@example.com", CODE, each=1)

    at_once([lambda n=n, racer=racer: racer.submit("Continue", typed=codes[n]) for n, racer in enumerate(crowd)])

    assert {racer.path for racer in crowd} == {"/security"}
    assert desk.count(BackupCodes, account_id=account.id, codes_left=2) == 1


def test_of_sixteen_clicks_on_show_one_shows_the_key_and_it_counts(desk: Desk) -> None:
    account = desk.account("four@example.com", numbers=(MOBILE,))
    code, *_ = give_codes(desk, account)
    owner = desk.arrive("four@example.com").submit(CODE).submit("Continue", typed=code).get(NEW_KEY)

    clicks = twins(owner, 16)
    everybody(clicks, lambda click: click.submit(NEW_KEY))

    (key,) = [each for click in clicks for each in secrets_on(click)]
    confirming = twins(owner.submit(NEW_KEY).submit(ON_PAPER), 16)
    everybody(confirming, lambda click: click.submit("Confirm", typed=key))
    assert {click.path for click in confirming} == {"/security"}
    assert desk.count(RecoveryKey, account_id=account.id) == 1
    assert desk.count(Factor, account_id=account.id, kind="recovery_key") == 1


def test_two_sessions_that_confirm_at_once_leave_one_key(desk: Desk) -> None:
    account = desk.account("five@example.com", numbers=(MOBILE,))
    codes = give_codes(desk, account)
    owners = [desk.arrive("five@example.com").submit(CODE).submit("Continue", typed=codes[n]) for n in range(2)]
    shown = {owner: secrets_on(owner.get(NEW_KEY).submit(NEW_KEY))[0] for owner in owners}
    for owner in owners:
        owner.submit(ON_PAPER)

    everybody(owners, lambda owner: owner.submit("Confirm", typed=shown[owner]))

    assert {owner.path for owner in owners} == {"/security"}
    assert desk.count(RecoveryKey, account_id=account.id, removed_at=None) == 1
    assert desk.count(RecoveryKey, account_id=account.id) == 2
