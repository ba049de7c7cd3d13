"""The rules of the browser door that hold at each check and on each way: F1, F3, F4."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.support.browser_door import (
    PHOTOS,
    WIKI,
    arrive,
    ask,
    begin,
    client_of,
    cookie_of,
    enter,
    go,
    site,
    ticket,
)
from tests.support.crowd import at_once
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from trustweb.models import Account

pytestmark = pytest.mark.slow


def change(kit: Kit, model: type, **values: object) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(model).values(**values))


@pytest.mark.parametrize("peer", ["192.0.2.1", "", "2001:db8::1", "unknown"])
def test_f1_only_trusted_peers_ask(kit: Kit, cookie: str, peer: str) -> None:
    answer = ask(kit, cookie, peer=peer, X_Forwarded_For="127.0.0.1")

    assert (answer.status_code, answer.data) == (403, b"")
    assert "Remote-User" not in answer.headers


def test_f1_no_other_peer_is_answered_under_a_sites_host(kit: Kit, account: Account) -> None:
    away = go(kit.app.test_client(), f"{PHOTOS}/.trustweb/start?to=/", environ_base={"REMOTE_ADDR": "192.0.2.1"})

    assert (away.status_code, away.headers["Location"][:22]) == (308, "http://localhost:8000/")
    assert "Set-Cookie" not in away.headers


@pytest.mark.parametrize("wrong", ["", "x", "trustweb-photos", "trustweb-photos=", "trustweb-photos=x", "=;=;;="])
def test_f1_what_is_malformed_is_let_in_nowhere(kit: Kit, cookie: str, wrong: str) -> None:
    assert ask(kit, wrong).status_code == 401
    assert ask(kit, f"{cookie}x").status_code == 401
    assert ask(kit, cookie.replace("trustweb-", "Trustweb-")).status_code == 401


@pytest.mark.parametrize(
    "service", ["", "Photos", "photos/", "photos/../wiki", "photos%00", "ph\xf6tos", "photos;wiki", "x" * 33]
)
def test_f1_a_service_that_is_none_is_not_there(kit: Kit, cookie: str, service: str) -> None:
    assert ask(kit, cookie, service).status_code == 404


@pytest.mark.parametrize(
    "header",
    [
        "X-Original-URI", "X-Original-URL", "X-Forwarded-Uri", "X-Forwarded-Host", "X-Forwarded-Method", "Host",
        "X-Rewrite-URL", "Remote-User", "User-Agent", "Authorization",
    ],
)  # fmt: skip
def test_f1_nothing_that_a_client_says_counts_but_the_cookie(kit: Kit, cookie: str, header: str) -> None:
    said = {header: "/public http://wiki.localhost:8000/auth/browser/wiki kube-probe/1.0"}

    assert ask(kit, **said).status_code == 401
    assert ask(kit, cookie, "wiki", **said).status_code == 401
    assert ask(kit, cookie, **said).status_code == 200


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "@evil.example", "evil.example",
        ".evil.example", ":80@evil.example", "https://evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x=y",
        "/%0aX", "/a%00b", "%2f%2fevil.example", "/%2f%2fevil.example", "/%2fevil.example", "/%5cevil.example",
        "%5c%5cevil.example", "/\x0bevil", "/\xa0evil", "", "/" + "x" * 2048, "/.trustweb/start?to=/", "?to=/x",
        "%40evil.example",
    ],
)  # fmt: skip
def test_f3_to_is_a_path_and_what_could_be_more_is_the_start(kit: Kit, browser: Visitor, to: str) -> None:
    arrived = enter(client_of(browser), to=to).enter.headers

    assert arrived["Location"] == f"{PHOTOS}/"
    assert [name for name, value in arrived if "Set-Cookie:x" in value] == []


@pytest.mark.parametrize(
    "to", ["/@alice", "/alice@example.com/", "/a?b=//c&d=%20", "/a/%2e%2e/b", "/?to=%2F", "/a/%2F/b", "/%C3%B6", "/a;b"]
)
def test_f3_a_path_is_kept_letter_by_letter(kit: Kit, browser: Visitor, to: str) -> None:
    assert enter(client_of(browser), to=to).enter.headers["Location"] == PHOTOS + to


def test_f4_a_ticket_works_once(kit: Kit, browser: Visitor) -> None:
    there = ticket(client_of(browser))

    answers = [go(client_of(browser), there) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 400]
    assert "Set-Cookie" not in answers[1].headers
    assert '<a href="/">Try again</a>' in answers[1].text


def test_f4_a_ticket_works_for_thirty_seconds(kit: Kit, browser: Visitor) -> None:
    in_time, late = ticket(client_of(browser)), ticket(client_of(browser))
    kit.clock.forward(seconds=29)
    first = go(client_of(browser), in_time)
    kit.clock.forward(seconds=1)

    assert (first.status_code, go(client_of(browser), late).status_code) == (303, 400)


def test_f4_a_ticket_works_at_its_host_only(kit: Kit, browser: Visitor) -> None:
    begin(client_of(browser), WIKI)

    there = ticket(client_of(browser)).replace(PHOTOS, WIKI)

    assert go(client_of(browser), there).status_code == 400


def test_f4_a_ticket_works_in_its_browser_only(kit: Kit, browser: Visitor) -> None:
    eve = kit.app.test_client()
    begin(eve)

    there = ticket(client_of(browser))

    assert go(kit.app.test_client(), there).status_code == 400
    assert go(eve, there).status_code == 400
    assert go(client_of(browser), there).status_code == 303


def test_f4_of_many_at_once_one_spends_a_ticket(racing: Kit) -> None:
    site(racing)
    racing.account(numbers=(MOBILE,))
    client = client_of(racing.signed_in())
    start = begin(client)
    there, state = arrive(client, start.headers["Location"]).headers["Location"], {"Cookie": cookie_of(start)}

    def spend() -> int:
        return go(racing.app.test_client(use_cookies=False), there, headers=state).status_code

    assert sorted(at_once([spend] * 8)) == [303] + [400] * 7


@pytest.mark.parametrize("host", ["PHOTOS.localhost:8000", "Photos.LOCALHOST:8000"])
def test_a_host_in_capitals_is_the_same_and_leads_to_its_own_spelling(kit: Kit, browser: Visitor, host: str) -> None:
    there = ticket(client_of(browser))

    entered = go(client_of(browser), there, headers={"Host": host})

    assert (entered.status_code, entered.headers["Location"]) == (303, f"{PHOTOS}/")


@pytest.mark.parametrize(
    "host",
    [
        "photos.localhost.:8000", "photos.localhost", "photos.localhost:80", "photos.localhost:8000:8000", "",
        "photos.localhost:8000@evil.example", "evil.example", "photos.localhost:8000, evil.example",
        "xphotos.localhost:8000", "photos.localhost:8000.evil.example", "photos.localhost:8000\\evil", "ph\xf6tos:8000",
    ],
)  # fmt: skip
def test_a_host_that_is_no_services_gets_nothing_from_the_door(kit: Kit, browser: Visitor, host: str) -> None:
    there = ticket(client_of(browser))

    answers = [go(client_of(browser), each, headers={"Host": host}) for each in (f"{PHOTOS}/.trustweb/start", there)]

    assert [each.headers.getlist("Set-Cookie") for each in answers] == [[], []]
    assert all(each.headers["Location"].startswith("http://localhost:8000/") for each in answers)


def test_under_a_sites_host_nothing_else_is_answered(kit: Kit, browser: Visitor) -> None:
    paths = ["/.trustweb/", "/.trustweb/x", "/.trustweb/start/", "/.trustweb", "/security", "/sign-in", "/static/x"]

    answers = [go(client_of(browser), PHOTOS + path) for path in paths]

    assert [each.status_code for each in answers] == [404, 404, 404, 308, 308, 308, 308]
    assert go(client_of(browser), f"{PHOTOS}/.trustweb/start", method="POST").status_code == 405
    assert go(client_of(browser), f"{PHOTOS}/.trustweb/enter", method="HEAD").status_code == 405


@pytest.mark.parametrize("path", ["start?to=/", "enter?ticket=x", "nothing"])
def test_each_answer_has_the_security_headers_and_is_kept_nowhere(kit: Kit, account: Account, path: str) -> None:
    said = go(kit.app.test_client(), f"{PHOTOS}/.trustweb/{path}").headers

    assert said["Cache-Control"] == "no-store"
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in said["Content-Security-Policy"]


def test_the_page_under_a_sites_host_speaks_the_browsers_language(kit: Kit, account: Account) -> None:
    page = go(kit.app.test_client(), f"{PHOTOS}/.trustweb/enter", headers={"Accept-Language": "de"})

    assert page.status_code == 400
    assert '<html lang="de">' in page.text
    assert "Sie sind noch nicht angemeldet" in page.text
    assert "src=" not in page.text
