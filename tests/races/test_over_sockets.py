"""Many requests at once, over sockets, with several processes: each thing happens once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.support.carrier import Carrier
from tests.support.crowd import COUNTRIES, MOBILES, Desk, add_number, desk_of, everybody, press, twins
from tests.support.http_client import Visitor
from tests.support.kit import OTHER_MOBILE, PASSWORD
from tests.support.sign_in import wrong_code
from tests.support.site import Site
from trustweb.models import Account, Factor, TrustedNumber
from trustweb.phone_numbers import mask

LIMITS = ("PROVED_SENDS", "ACCOUNT_SENDS", "ADDRESS_SENDS")


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # Only the limit that a test is about may stop anybody in it.
    settings = carrier.settings | {f"TRUSTWEB_{name}": "100/60" for name in LIMITS}
    settings["TRUSTWEB_COUNTRIES"] = ",".join(COUNTRIES)
    settings["TRUSTWEB_WEB_THREADS"] = "64"  # this crowd is no flood: all of its strangers may wait
    if request.param == "postgresql":
        settings["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    with Site(tmp_path_factory.mktemp("races") / "instance", settings, workers=3, threads=4) as site:
        site.set_up = race_for_the_set_up_link(site)  # type: ignore[attr-defined]
        yield site


def race_for_the_set_up_link(site: Site) -> dict[int, int]:
    """First of all: the link works only while there is no account."""
    link = site.cli("account", "set-up-link").stdout.strip()
    racers = twins(Visitor(site.url).get(urlsplit(link).path), 50)
    names = iter(range(50))
    everybody(
        racers, lambda racer: racer.submit("Continue", account=f"first{next(names)}@example.com", password=PASSWORD)
    )
    return statuses(racers)


@pytest.fixture(scope="module")
def desk(site: Site) -> Iterator[Desk]:
    with desk_of(site) as desk:
        yield desk


@pytest.fixture(scope="module")
def phones() -> Iterator[str]:
    return iter(MOBILES)


@pytest.fixture
def number(phones: Iterator[str]) -> str:
    """A phone that no other test rings."""
    return next(phones)


@pytest.fixture
def name(number: str) -> str:
    return f"owner.of.{number[1:]}@example.com"


def statuses(visitors: list[Visitor]) -> Counter[int]:
    """Return the statuses of the posts, without redirects."""
    return Counter(visitor.hops[0].status for visitor in visitors)


def at_code_page(desk: Desk, carrier: Carrier, name: str, number: str) -> tuple[Visitor, str]:
    desk.account(name, numbers=(number,))
    return desk.arrive(name), carrier.wait_for(number)[-1].code


def test_of_sixty_four_with_the_right_code_one_gets_in(desk: Desk, carrier: Carrier, name: str, number: str) -> None:
    visitor, code = at_code_page(desk, carrier, name, number)

    racers = twins(visitor, 64)
    everybody(racers, lambda racer: racer.submit("Continue", verification_code=code))

    assert [racer.hops[1].path for racer in racers].count("/security") == 1
    assert Counter(racer.status for racer in racers) == {200: 64}


def test_of_sixty_four_with_a_wrong_code_five_take_the_tries(
    desk: Desk, carrier: Carrier, name: str, number: str
) -> None:
    visitor, code = at_code_page(desk, carrier, name, number)

    racers = twins(visitor, 64)
    everybody(racers, lambda racer: racer.submit("Continue", verification_code=wrong_code(code)))

    assert statuses(racers) == {422: 5, 429: 59}
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left", "this was the last try"):
        assert sum(left in racer.text for racer in racers) == 1
    assert sum("There are no tries left for this code." in racer.text for racer in racers) == 59
    assert "no tries left" in visitor.submit("Continue", verification_code=code).text


def test_a_double_click_on_the_right_code_signs_in(desk: Desk, carrier: Carrier, name: str, number: str) -> None:
    visitor, code = at_code_page(desk, carrier, name, number)

    clicks = [visitor.tab() for _ in range(8)]
    everybody(clicks, lambda click: click.submit("Continue", verification_code=code))

    assert visitor.get("/security").path == "/security"


def test_a_double_click_on_sign_in_is_one_sign_in_whichever_answer_is_kept(
    desk: Desk, carrier: Carrier, name: str, number: str
) -> None:
    desk.account(name, numbers=(number,))

    clicks = twins(Visitor(desk.site.url).get("/sign-in"), 2)
    everybody(clicks, lambda click: click.submit("Sign In", account=name, password=PASSWORD))

    carrier.wait_for(number)
    assert len(desk.deliveries(number)) == 1
    assert [click.get("/sign-in/code").path for click in clicks] == ["/sign-in/code"] * 2


def test_the_last_two_numbers_cannot_both_be_removed(desk: Desk, carrier: Carrier, name: str, number: str) -> None:
    desk.account(name, numbers=(number, OTHER_MOBILE))
    visitor = press(desk.arrive(name), number)
    visitor.submit("Continue", verification_code=carrier.wait_for(number)[-1].code)
    visitor.get("/security/numbers")
    tabs = twins(visitor, 2)
    for tab, each in zip(tabs, (number, OTHER_MOBILE), strict=True):
        tab.submit(f"Remove {mask(each)}")

    everybody(tabs, lambda tab: tab.submit("Remove"))

    assert statuses(tabs) == {303: 1, 422: 1}
    assert sum("This is the only thing that you can sign in with" in tab.text for tab in tabs) == 1


def test_two_hundred_new_codes_are_one_message(desk: Desk, carrier: Carrier, name: str, number: str) -> None:
    visitor, code = at_code_page(desk, carrier, name, number)
    desk.end_cool_down()
    visitor.get("/sign-in/code")

    racers = twins(visitor, 200)
    everybody(racers, lambda racer: racer.submit("Send a new code"))

    assert statuses(racers) == {303: 200}
    assert [sent.code for sent in carrier.wait_for(number, count=2)] == [code, code]
    assert len(desk.deliveries(number)) == 2


def test_fifty_uses_of_the_set_up_link_make_one_account(desk: Desk) -> None:
    assert desk.site.set_up == {303: 1, 404: 49}  # type: ignore[attr-defined]
    assert desk.count(Account, role="operator") == 1


def test_thirty_proofs_of_a_new_number_make_one_row(desk: Desk, carrier: Carrier, name: str, number: str) -> None:
    account = desk.account(name)
    visitor = add_number(desk.arrive(name), number)
    code = carrier.wait_for(number)[-1].code

    racers = twins(visitor, 30)
    everybody(racers, lambda racer: racer.submit("Continue", verification_code=code))

    assert statuses(racers) == {303: 30}
    assert desk.count(Factor, account_id=account.id) == 1


def test_two_tabs_that_add_the_same_number_send_one_code(desk: Desk, carrier: Carrier, name: str, number: str) -> None:
    desk.account(name)
    visitor = desk.arrive(name).get("/security/numbers/add")

    tabs = twins(visitor, 8)
    everybody(tabs, lambda tab: tab.submit("Continue", phone_number=number))

    carrier.wait_for(number)
    assert {tab.path for tab in tabs} == {"/security/numbers/code"}
    assert len(desk.deliveries(number)) == 1


def test_two_browsers_that_prove_the_same_number_list_it_once(
    desk: Desk, carrier: Carrier, name: str, number: str
) -> None:
    account = desk.account(name)
    browsers, codes = [], {}
    for nth in (1, 2):
        browsers.append(add_number(desk.arrive(name), number))
        codes[browsers[-1]] = carrier.wait_for(number, count=nth)[-1].code

    everybody(browsers, lambda browser: browser.submit("Continue", verification_code=codes[browser]))

    assert desk.count(TrustedNumber, account_id=account.id) == 1
    assert sorted(browser.path for browser in browsers) == ["/security/numbers", "/sign-in"]


def test_a_number_gets_three_unproved_codes_a_day_whoever_asks(
    desk: Desk, carrier: Carrier, name: str, number: str
) -> None:
    for who in (f"one.{name}", f"two.{name}"):
        desk.account(who)
    with ThreadPoolExecutor(8) as pool:
        browsers = list(pool.map(desk.arrive, [f"one.{name}", f"two.{name}"] * 20))
    for browser in browsers:
        browser.get("/security/numbers/add")

    everybody(browsers, lambda browser: browser.submit("Continue", phone_number=number))

    assert statuses(browsers) == {303: 3, 429: 37}
    assert sum("No more codes can be sent to this number now" in each.text for each in browsers) == 37
    time.sleep(0.3)
    assert len(carrier.wait_for(number, count=3)) == 3


def test_wrong_codes_of_many_sessions_share_one_window(desk: Desk, carrier: Carrier, name: str, number: str) -> None:
    desk.account(name, numbers=(number, OTHER_MOBILE))
    browsers = [press(desk.arrive(name), number) for _ in range(8)]
    codes = {sent.code for sent in carrier.wait_for(number, count=8)}
    guess = next(f"{n:06}" for n in range(9) if f"{n:06}" not in codes)

    racers = [twin for browser in browsers for twin in twins(browser, 4)]
    everybody(racers, lambda racer: racer.submit("Continue", verification_code=guess))

    assert statuses(racers) == {422: 5, 429: 27}
