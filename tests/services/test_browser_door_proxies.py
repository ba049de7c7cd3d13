"""A site behind nginx and Caddy, with the blocks of docs/services/browser-door.md: F2, F7 and F8 among others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import update

from tests.support.browser_place import Place, place_of
from tests.support.browser_sites import BrowserCaddy, BrowserNginx, Surfer, connect, recording, upgraded
from tests.support.crowd import at_once
from tests.support.kit import ALICE
from trustweb import accounts
from trustweb.models import ServiceAccess, ServiceSession, SignInSession

REMOTE = ["Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-User-Encoded"]
PAGE = {"Sec_Fetch_Mode": "navigate"}


@pytest.fixture(scope="module", params=[BrowserNginx, BrowserCaddy], ids=["nginx", "caddy"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_of(request.param, tmp_path_factory.mktemp("door")) as place:
        yield place


def test_somebody_opens_a_page_and_is_there_after_signing_in(place: Place) -> None:
    way = place.signed_in().open(f"{place.proxy.origin}/albums/a%20b?sort=new&page=%2F")

    assert [each.status for each in way] == [303, 303, 303, 303, 303, 200]
    assert (way[-1].body, place.app.requests[-1].path) == ("album", "/albums/a%20b?sort=new&page=%2F")


def test_the_site_hears_who_it_is(place: Place) -> None:
    place.inside()

    heard = place.app.requests[-1]

    with place.desk.database.reading() as work:
        sub = work.db.query(ServiceAccess.sub).scalar()
    assert [heard.said(name) for name in ("Remote-User", "Remote-Name")] == [[sub], [ALICE]]
    assert [heard.said(name) or [""] for name in ("Remote-Email", "Remote-Groups")] == [[""], [""]]


def test_the_site_gets_no_cookie_of_ours_and_all_others(place: Place) -> None:
    surfer = place.inside()
    ours = surfer.cookies(place.proxy.origin)
    orders = [["a=1", *ours, "b=2"], [ours[0], "a=1", ours[1], "b=2"], ["a=1", ours[1], "b=2", ours[0]], ours]
    for each in orders:
        surfer.ask(f"{place.proxy.origin}/albums", Cookie="; ".join(each))

    heard = [" ".join(each.said("Cookie")).rstrip("; ") for each in place.app.requests[-4:]]
    assert heard == ["a=1; b=2", "a=1; b=2", "a=1; b=2", ""]


def test_f1_the_outside_cannot_ask(place: Place) -> None:
    surfer = place.inside()
    cookie = "; ".join(surfer.cookies(place.proxy.origin))
    before = len(place.app.requests)

    asked = surfer.ask(f"{place.proxy.account}/auth/browser/photos", Cookie=cookie)
    inner = [surfer.ask(f"{place.proxy.origin}{path}") for path in ("/trustweb", "/.trustweb/../auth/browser/photos")]

    if isinstance(place.proxy, BrowserNginx):  # in front of the account's host stands only that
        assert asked.status == 404
        assert inner[0].status == 404
    assert [each.headers.get(name) for each in inner for name in REMOTE] == [None] * 10
    assert all("photos" in each.path or each.path == "/trustweb" for each in place.app.requests[before:])


@pytest.mark.parametrize("name", [*REMOTE, "Remote_User", "Remote.User", "remote-user", "REMOTE_GROUPS", "Remote.Name"])
def test_f2_no_spelling_of_these_headers_reaches_the_site(place: Place, name: str) -> None:
    surfer = place.inside()
    kept = "; ".join(surfer.cookies(place.proxy.origin))
    sent = {"Host": urlsplit(place.proxy.origin).netloc, "Cookie": kept, name: "eve"}
    with closing(connect(place.proxy.origin)) as line:
        line.request("GET", "/albums", headers=sent)
        status = line.getresponse().status

    heard = place.app.requests[-1].headers
    assert status == 200
    assert [each for each in heard if "eve" in each[1]] == []
    assert {key for key, _ in heard if key.lower().startswith("remote")} <= set(REMOTE)


def test_f3_the_way_leads_to_no_other_host(place: Place) -> None:
    for target in ("//evil.example/", "/\\evil.example", "/%2f%2fevil.example", "/%0d%0aSet-Cookie:%20x=y"):
        way = place.signed_in().open(f"{place.proxy.origin}{target}")

        assert all(each.location.startswith((place.proxy.origin, place.proxy.account, "/.", "/a")) for each in way[:-1])
        assert way[-1].status in {200, 400}


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"Sec_Fetch_Mode": "cors"}), ("GET", {"Sec_Fetch_Mode": "no-cors", "Accept": "text/html"}),
        ("GET", {"Accept": "*/*"}), ("GET", {"X_Requested_With": "XMLHttpRequest", "Accept": "application/json"}),
        ("POST", PAGE), ("PUT", PAGE), ("DELETE", {}), ("PROPFIND", {}), ("GET", {"Sec_Fetch_Mode": "websocket"}),
    ],
)  # fmt: skip
def test_f7_whatever_opens_no_page_gets_a_plain_401(place: Place, method: str, headers: dict[str, str]) -> None:
    before = len(place.app.requests)

    answer = Surfer().ask(f"{place.proxy.origin}/albums", method, b"a=1" if method == "POST" else None, **headers)

    assert (answer.status, answer.location, answer.headers.get("Set-Cookie")) == (401, "", None)
    assert len(place.app.requests) == before


@pytest.mark.parametrize("headers", [PAGE, {"Accept": "text/html,application/xhtml+xml"}])
def test_f7_whoever_opens_a_page_is_sent_to_sign_in(place: Place, headers: dict[str, str]) -> None:
    answer = Surfer().ask(f"{place.proxy.origin}/albums?a=1", **headers)

    assert answer.status == 303
    assert answer.location.removeprefix(place.proxy.origin) == "/.trustweb/start?to=/albums?a=1"


def test_a_401_of_the_sites_own_is_its_own(place: Place) -> None:
    answer = place.inside().ask(f"{place.proxy.origin}/own-401", **PAGE)

    assert (answer.status, answer.body) == (401, "album")


def test_f8_an_open_socket_stays_open_and_no_new_one_opens_after_the_end(place: Place) -> None:
    surfer = place.inside()
    there = f"{place.proxy.origin}/socket"

    with upgraded(there, "; ".join(surfer.cookies(there))) as say:
        before = say(b"one\n")
        end_everything(place)
        after = say(b"two\n")

    assert [before, after] == [b"one\n", b"two\n"]
    assert surfer.ask(there, Connection="Upgrade", Upgrade="websocket").status == 401


@pytest.mark.services
@pytest.mark.parametrize("proxy", [BrowserNginx, BrowserCaddy], ids=["nginx", "caddy"])
def test_f8_upgrade_and_connection_are_not_handed_to_the_check(proxy: type[BrowserNginx], tmp_path: Path) -> None:
    with recording(Remote_User="alice") as check, recording() as app, proxy(tmp_path, check.port, app.port) as front:
        with upgraded(f"{front.origin}/socket", "a=1") as say:
            said = say(b"one\n")
        posted = Surfer().ask(f"{front.origin}/albums?a=1", "POST", b"a=1", Cookie="a=1", Remote_User="eve")

    assert (said, posted.status) == (b"one\n", 200)
    assert [(each.method, each.path.partition("?")[0]) for each in check.requests] == [
        ("GET", "/auth/browser/photos")
    ] * 2
    assert [each.said("Upgrade") for each in check.requests] == [[], []]
    assert {each.lower() for asked in check.requests for each in asked.said("Connection")} <= {"close"}
    assert {each for asked in check.requests for each in asked.said("Cookie")} == {"a=1"}
    assert [each.said("Remote-User") for each in app.requests] == [["alice"], ["alice"]]


def end_everything(place: Place) -> None:
    with place.desk.database.writing() as work:
        work.db.execute(update(SignInSession).values(ended_at=work.now))


def test_who_signs_out_is_out_at_the_next_request_and_is_sent_to_sign_in(place: Place) -> None:
    surfer = place.inside()
    end_everything(place)

    way = surfer.open(f"{place.proxy.origin}/albums")

    assert surfer.ask(f"{place.proxy.origin}/albums", Sec_Fetch_Mode="cors").status == 401
    assert (way[-1].status, "Sign In" in way[-1].body) == (200, True)


def test_a_browser_without_cookies_is_sent_round_in_no_circle(place: Place) -> None:
    surfer, url = place.signed_in(), f"{place.proxy.origin}/albums"
    way = [surfer.ask(url, **PAGE)]
    while way[-1].location and len(way) < 10:
        surfer.jar.pop(urlsplit(place.proxy.origin).hostname or "", None)
        url = urljoin(url, way[-1].location)
        way.append(surfer.ask(url, **PAGE))

    assert [each.status for each in way] == [303, 303, 303, 303, 400]
    assert "You are not signed in yet" in way[-1].body


def test_f9_two_hundred_pictures_of_a_page_are_all_let_in(place: Place) -> None:
    surfer = place.inside()
    url = f"{place.proxy.origin}/picture"

    answers = [status for _ in range(10) for status in at_once([lambda: surfer.ask(url).status] * 20)]

    assert answers == [200] * 200


def test_a_cookie_of_elsewhere_opens_nothing(place: Place) -> None:
    name = "__Host-trustweb-photos" if place.proxy.origin.startswith("https:") else "trustweb-photos"
    place.inside()
    with place.desk.database.reading() as work:
        stored = work.db.query(ServiceSession.token_hash).first()[0]

    assert accounts.token_hash("x" * 43) != stored
    for value in ("x" * 43, stored, "", "1; a=b"):
        assert Surfer().ask(f"{place.proxy.origin}/albums", Cookie=f"{name}={value}").status == 401
