"""The rules of the browser door about whose cookie it is, and for how long: F5, F6, F9."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.support.browser_door import (
    PHOTOS,
    WIKI,
    arrive,
    ask,
    begin,
    client_of,
    go,
    join,
    let_in,
    site,
    ticket,
)
from tests.support.crowd import at_once
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, PASSWORD, Kit
from tests.support.statements import executed, statements_of
from trustweb.models import Account, AccountGroup, Factor, Service, ServiceSession, SignInSession

pytestmark = pytest.mark.slow


def change(kit: Kit, model: type, **values: object) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(model).values(**values))


def test_f5_photos_cookie_opens_nothing_at_wiki(kit: Kit, browser: Visitor, cookie: str) -> None:
    value = cookie.partition("=")[2]

    assert ask(kit, cookie, "wiki").status_code == 401
    assert ask(kit, f"trustweb-wiki={value}", "wiki").status_code == 401


def test_f5_two_of_one_name_open_nothing(kit: Kit, browser: Visitor, cookie: str) -> None:
    both = [f"{cookie}; trustweb-photos=x", f"trustweb-photos=x; {cookie}", f"{cookie}; {cookie}"]

    assert [ask(kit, each).status_code for each in both] == [401, 401, 401]
    assert ask(kit, f"other=1; {cookie}; x=y").status_code == 200


def test_f5_a_sibling_that_sets_a_second_one_sends_nobody_in_a_circle(kit: Kit, browser: Visitor, cookie: str) -> None:
    tossed = go(
        kit.app.test_client(use_cookies=False),
        f"{PHOTOS}/.trustweb/start?to=/",
        headers={"Cookie": f"{cookie}; trustweb-photos=evil"},
    )

    assert tossed.status_code == 400
    assert "sends two cookies" in tossed.text


def test_f5_where_there_is_https_a_name_that_siblings_can_set_counts_nothing(kit: Kit, cookie: str) -> None:
    value = cookie.partition("=")[2]
    assert ask(kit, f"__Host-trustweb-photos={value}").status_code == 401
    change(kit, Service, origin=None)
    with kit.core.database.writing() as work:
        work.db.execute(update(Service).where(Service.name == "photos").values(origin="https://photos.example.com"))

    assert ask(kit, cookie).status_code == 401
    assert ask(kit, f"__Host-trustweb-photos={value}").status_code == 200


def test_f6_half_a_sign_in_gets_no_ticket(kit: Kit, account: Account) -> None:
    half = kit.visitor().get("/sign-in").submit("Sign In", account=account.name, password=PASSWORD)

    here = arrive(client_of(half), begin(client_of(half)).headers["Location"])

    assert half.path == "/sign-in/code"
    assert (here.status_code, here.request.path.rpartition("/")[2]) == (200, "code")


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Account, "disabled_at"), (SignInSession, "ended_at"), (ServiceSession, "ended_at"), (Factor, "removed_at"),
        (Account, "services_end_before"), (ServiceSession, "expires_at"),
    ],
)  # fmt: skip
def test_f6_what_has_ended_opens_nothing_at_the_next_request(kit: Kit, cookie: str, model: type, values: str) -> None:
    assert ask(kit, cookie).status_code == 200

    change(kit, model, **{values: kit.clock.now})

    assert ask(kit, cookie).status_code == 401


def test_f6_signing_out_ends_it_and_a_ticket_that_is_under_way(kit: Kit, browser: Visitor, cookie: str) -> None:
    under_way = ticket(client_of(browser), WIKI)

    browser.get("/security").submit("Sign out")

    assert ask(kit, cookie).status_code == 401
    assert go(client_of(browser), under_way).status_code == 400


def test_f6_an_unused_one_ends_after_a_day(kit: Kit, cookie: str) -> None:
    kit.clock.forward(days=1, seconds=1)

    assert ask(kit, cookie).status_code == 401


def test_f6_whoever_leaves_the_group_is_out_at_the_next_request(kit: Kit, browser: Visitor, account: Account) -> None:
    change(kit, Service, groups=["staff", "family"])
    assert begin(client_of(browser)).status_code == 303
    join(kit, account.id, "family")
    cookie = let_in(kit, client_of(browser))
    inside = ask(kit, cookie).status_code

    with kit.core.database.writing() as work:
        work.db.query(AccountGroup).delete()

    assert (inside, ask(kit, cookie).status_code) == (200, 401)


def test_f6_a_service_that_needs_more_now_wants_it_at_the_next_request(kit: Kit, cookie: str) -> None:
    change(kit, Service, needs="passkey")

    assert ask(kit, cookie).status_code == 401


def test_f9_a_check_is_one_statement_and_writes_nothing(kit: Kit, cookie: str) -> None:
    def ask_often() -> list[str]:
        return statements_of(kit, lambda: [ask(kit, cookie) for _ in range(20)])

    ask(kit, cookie)
    asked = ask_often()

    assert len([each for each in asked if "service_session" in each]) == 20
    assert [each for each in asked if not each.startswith(("SELECT", "BEGIN", "ROLLBACK"))] == []


@pytest.mark.parametrize("minutes", [4, 6])
def test_f9_two_hundred_at_once_are_all_let_in_and_last_seen_is_stored_once(
    kit: Kit, cookie: str, minutes: int
) -> None:
    kit.clock.forward(minutes=minutes)

    with executed(kit.core.database) as done:
        answers = [status for _ in range(10) for status in at_once([lambda: ask(kit, cookie).status_code] * 20)]

    written = sum(each.rows for each in done if each.sql.startswith("UPDATE service_session"))
    assert answers == [200] * 200
    assert written == (1 if minutes > 5 else 0)


def test_f9_last_seen_keeps_somebody_in_who_is_at_work(kit: Kit, cookie: str) -> None:
    for _ in range(3):
        kit.clock.forward(hours=23)
        assert ask(kit, cookie).status_code == 200

    with kit.core.database.reading() as work:
        seen = work.db.query(ServiceSession.last_seen_at).scalar()
    assert kit.clock.now - seen < timedelta(minutes=5)


def test_a_database_that_refuses_is_503(kit: Kit, cookie: str) -> None:
    there = "ALTER TABLE {} RENAME TO {}"
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql(there.format("service", "gone"))
    answers = [ask(kit, cookie), ask(kit), begin(kit.app.test_client())]
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql(there.format("gone", "service"))

    assert [(each.status_code, each.headers["Retry-After"]) for each in answers] == [(503, "5")] * 3


def test_who_is_known_gets_in_though_nothing_can_be_written(kit: Kit, cookie: str) -> None:
    full = "CREATE TRIGGER full BEFORE UPDATE ON service_session BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    kit.clock.forward(minutes=6)
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql(full)
    answer = ask(kit, cookie)
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql("DROP TRIGGER full")

    assert answer.status_code == 200


def test_who_uses_a_site_all_the_time_stays_in_with_the_shortest_idle_time(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_SERVICE_SESSION_IDLE="600")
    site(kit)
    kit.account(numbers=(MOBILE,))
    cookie = let_in(kit, client_of(kit.signed_in()))

    for _ in range(5):
        kit.clock.forward(seconds=299)
        assert ask(kit, cookie).status_code == 200
