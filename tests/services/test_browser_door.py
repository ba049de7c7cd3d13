"""The browser door from start to end: a browser is sent away to sign in, comes back with a ticket, and is let in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.browser_door import (
    HERE,
    PHOTOS,
    arrive,
    ask,
    begin,
    client_of,
    cookie_of,
    enter,
    go,
    join,
    let_in,
    site,
)
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from trustweb.authentication import sessions
from trustweb.models import MAIL_ADDRESS, Account, Service, ServiceAccess
from trustweb.services import housekeeping

pytestmark = pytest.mark.slow


def test_a_person_comes_in_and_arrives_where_they_wanted_to_go(kit: Kit, account: Account) -> None:
    client = client_of(kit.signed_in())

    way = enter(client, to="/albums/2026?sort=new&page=2")

    assert [each.status_code for each in way] == [303, 303, 303]
    assert way.start.headers["Location"].startswith("http://localhost:8000/services/photos/enter?start=")
    assert way.ticket.startswith(f"{PHOTOS}/.trustweb/enter?ticket=")
    assert way.enter.headers["Location"] == f"{PHOTOS}/albums/2026?sort=new&page=2"
    assert ask(kit, cookie_of(way.enter)).status_code == 200


def test_the_site_hears_who_it_is(kit: Kit, account: Account) -> None:
    join(kit, account.id, "staff", "family")
    cookie = let_in(kit, client_of(kit.signed_in()))

    answer = ask(kit, cookie)

    with kit.core.database.reading() as work:
        sub = work.db.query(ServiceAccess.sub).scalar()
    assert answer.headers["Remote-User"] == answer.headers["Remote-User-Encoded"] == sub
    assert answer.headers["Remote-Name"] == ALICE
    assert answer.headers["Remote-Groups"] == "family,staff"
    assert answer.headers["Remote-Email"] == ""
    assert (answer.headers["Cache-Control"], answer.data) == ("no-store", b"")


def test_it_hears_the_address_once_that_is_proved(kit: Kit, account: Account) -> None:
    cookie = let_in(kit, client_of(kit.signed_in()))
    with kit.core.database.writing() as work:
        kit.factor(work, account, MAIL_ADDRESS)

    assert ask(kit, cookie).headers["Remote-Email"] == ALICE


def test_what_it_hears_is_utf_8_and_the_user_in_ascii_too(kit: Kit) -> None:
    site(kit, user_is="name")
    account = kit.account("jörg@bücher.example", numbers=(MOBILE,))
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).display_name = "Jörg Müller"
    cookie = let_in(kit, client_of(kit.signed_in("jörg@bücher.example")))

    said = ask(kit, cookie).headers

    assert said["Remote-User"].encode("latin-1").decode() == "jörg@bücher.example"
    assert said["Remote-User-Encoded"] == "j%C3%B6rg@b%C3%BCcher.example"
    assert said["Remote-Name"].encode("latin-1").decode() == "Jörg Müller"


def test_the_cookies_are_for_this_host_alone(kit: Kit, account: Account) -> None:
    way = enter(client_of(kit.signed_in()))

    kept = [each.headers["Set-Cookie"] for each in (way.start, way.enter)]
    assert [each.partition("=")[0] for each in kept] == ["trustweb_state", "trustweb-photos"]
    assert all("HttpOnly" in each and "SameSite=Lax" in each and "Path=/" in each for each in kept)
    assert not any("Domain" in each for each in kept)


def test_where_there_is_https_no_other_host_can_set_them(kit: Kit, account: Account) -> None:
    kit.signed_in()
    there = site(kit, "chat", origin="https://chat.example.com")

    start = begin(kit.app.test_client(), there)

    assert start.headers["Set-Cookie"].startswith("__Host-trustweb_state=")
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in start.headers["Set-Cookie"]


def test_the_state_cookie_is_used_again_while_it_is_there(kit: Kit, account: Account) -> None:
    client = kit.app.test_client()

    assert cookie_of(begin(client)) == cookie_of(begin(client))


def test_tabs_that_start_together_all_arrive(kit: Kit, account: Account) -> None:
    client = client_of(kit.signed_in())
    begin(client)
    started = [begin(client, to=f"/{each}") for each in range(3)]
    tickets = [arrive(client, each.headers["Location"]).headers["Location"] for each in started]

    arrived = [go(client, each).headers["Location"] for each in reversed(tickets)]

    assert arrived == [f"{PHOTOS}/2", f"{PHOTOS}/1", f"{PHOTOS}/0"]


def test_whoever_is_not_signed_in_signs_in_on_the_way_and_arrives(kit: Kit, account: Account) -> None:
    visitor = kit.visitor()
    visitor.get(begin(client_of(visitor), to="/albums").headers["Location"])

    visitor.submit("Sign In", account=ALICE, password=PASSWORD)
    visitor.submit("Continue", verification_code=kit.code())
    visitor.follow("Not Now")
    entered = go(client_of(visitor), arrive(client_of(visitor), f"{HERE}{visitor.path}/go").headers["Location"])

    assert entered.headers["Location"] == f"{PHOTOS}/albums"


def test_a_way_is_gone_once_and_within_ten_minutes(kit: Kit, account: Account) -> None:
    client = client_of(kit.signed_in())
    used, late = begin(client).headers["Location"], begin(client).headers["Location"]
    arrive(client, used)
    kit.clock.forward(seconds=11)
    again = arrive(client, used)
    kit.clock.forward(minutes=10)

    assert (again.status_code, arrive(client, late).status_code) == (410, 410)
    assert "This is over" in again.text


def test_a_way_belongs_to_the_browser_that_began_it(kit: Kit, account: Account) -> None:
    there = begin(kit.app.test_client()).headers["Location"]
    arrive(client_of(kit.signed_in()), there)

    assert arrive(kit.app.test_client(), there).status_code == 410


def test_the_way_to_one_site_does_not_lead_to_another(kit: Kit, account: Account) -> None:
    client = client_of(kit.signed_in())
    there = begin(client).headers["Location"]

    assert go(client, there.replace("/photos/", "/wiki/")).status_code == 410
    assert go(client, there.replace("/photos/", "/mail/")).status_code == 410
    assert go(client, there).status_code == 303


def test_whoever_begins_too_often_waits(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_SERVICE_REQUESTS="2/300")
    site(kit)

    answers = [begin(kit.app.test_client()) for _ in range(3)]

    assert [each.status_code for each in answers] == [303, 303, 429]
    assert "very many tries" in answers[2].text


def test_who_comes_again_leaves_no_second_sign_in_behind(kit: Kit, account: Account) -> None:
    client = client_of(kit.signed_in())
    twice = [begin(client).headers["Location"] for _ in range(2)]  # in two tabs, before either is in
    first, second = (cookie_of(go(client, arrive(client, each).headers["Location"])) for each in twice)

    assert [ask(kit, each).status_code for each in (first, second)] == [401, 200]


def test_a_person_at_work_stays_in_though_their_session_fell_idle(kit: Kit, account: Account) -> None:
    cookie = let_in(kit, client_of(kit.signed_in()))
    for _ in range(4):
        kit.clock.forward(minutes=61)
        assert ask(kit, cookie).status_code == 200

    kit.clock.forward(days=7)
    assert ask(kit, cookie).status_code == 401


def test_somebody_who_works_in_photos_for_61_minutes_stays_in_and_the_account_asks_again(
    kit: Kit, browser: Visitor, cookie: str
) -> None:
    for _ in range(61):
        kit.clock.forward(minutes=1)
        assert ask(kit, cookie).status_code == 200
    with kit.core.database.writing() as work:
        sessions.forget_old(work)
        housekeeping.forget_old(work)

    assert browser.get("/security").path == "/sign-in"
    assert ask(kit, cookie).status_code == 200


def test_what_a_session_opened_that_fell_idle_is_ended_on_the_card(kit: Kit, browser: Visitor, cookie: str) -> None:
    kit.clock.forward(minutes=61)
    again = kit.signed_in()
    assert ask(kit, cookie).status_code == 200

    again.get("/security/services").submit("Sign out of photos").submit("Sign out of photos")

    assert ask(kit, cookie).status_code == 401


def test_a_service_that_has_no_such_door_is_not_there(kit: Kit, account: Account) -> None:
    site(kit, "closed", browser=False)

    assert ask(kit, service="closed").status_code == 404
    assert ask(kit, service="nowhere").status_code == 404
    assert begin(kit.app.test_client(), "http://closed.localhost:8000").headers["Location"].startswith(HERE)


@pytest.mark.parametrize(
    ("change", "minutes"), [({"needs": "passkey"}, 0), ({"groups": ["family"]}, 0), ({"within": 600}, 11)]
)
def test_whoever_has_not_proved_enough_gets_no_ticket(
    kit: Kit, browser: Visitor, change: dict[str, object], minutes: int
) -> None:
    with kit.core.database.writing() as work:
        work.db.query(Service).update(change)
    kit.clock.forward(minutes=minutes)

    here = arrive(client_of(browser), begin(client_of(browser)).headers["Location"])

    assert "ticket" not in here.headers.get("Location", "")


def test_both_databases_say_the_same(racing: Kit) -> None:
    site(racing, groups=["staff", "family"])
    join(racing, racing.account(numbers=(MOBILE,)).id, "staff", "choir")
    cookie = let_in(racing, client_of(racing.signed_in()))

    answers = [ask(racing, cookie) for _ in range(3)]

    assert [(each.status_code, each.headers["Remote-Groups"]) for each in answers] == [(200, "choir,staff")] * 3
    assert ask(racing, cookie.replace("photos", "wiki"), "wiki").status_code == 404
