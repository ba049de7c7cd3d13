"""The documented proxies, by themselves: whom they ask about whom, and what reaches the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from http.server import ThreadingHTTPServer

import pytest
import requests

from tests.support.clients.door_check import SIGNED_IN, App, Checks
from tests.support.clients.two_doors import TWO_DOORS
from tests.support.processes import serving

pytestmark = pytest.mark.services
OPENS_A_PAGE = {"Sec-Fetch-Mode": "navigate"}
FROM_A_SCRIPT = {"Sec-Fetch-Mode": "cors"}
PASSWORD = {"Authorization": "Basic eDp5"}
SPELLINGS = [
    *("Remote-User", "REMOTE-USER", "Remote_User", "Remote.User", "remote.user", "Remote-Groups", "Remote_Groups"),
    *("X-Remote-User", "X_Remote_User", "X-Remote_User", "X_Remote-User", "X.Remote.User", "x.remote-user"),
]


class Door:
    """A proxy of this machine, asked by the name that browsers know it by."""

    def __init__(self, proxy) -> None:
        self.proxy = proxy

    def ask(self, path: str = "/", method: str = "GET", **headers: str) -> requests.Response:
        trust = str(getattr(self.proxy, "certificate", None) or "") or True
        named = {"Host": self.proxy.origin.partition("://")[2], **headers}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self.proxy.url + path, headers=named, verify=trust, allow_redirects=False, timeout=10
            )


@pytest.fixture(scope="module", params=TWO_DOORS, ids=lambda kind: kind.__name__)
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    with ExitStack() as running:
        ports = []
        for kind in (Checks, App):
            server = running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), kind))
            running.enter_context(serving(server))
            ports.append(server.server_port)
        yield running.enter_context(request.param(tmp_path_factory.mktemp("proxy"), *ports))


@pytest.fixture
def door(proxy: object) -> Door:
    Checks.asked.clear()
    return Door(proxy)


def test_whoever_opens_a_page_is_sent_to_sign_in_and_comes_back_to_it(door: Door) -> None:
    answer = door.ask("/a%2fb//c?x=1&y=%0d%0a", **OPENS_A_PAGE)

    assert answer.status_code == 303
    assert answer.headers["Location"].lower() == "/.trustweb/start?to=/a%2fb//c?x=1&y=%0d%0a"


@pytest.mark.parametrize(
    ("method", "mode"), [("GET", "cors"), ("GET", "no-cors"), ("POST", "navigate"), ("PUT", "cors")]
)
def test_scripts_and_forms_hear_a_plain_401(door: Door, method: str, mode: str) -> None:
    answer = door.ask(method=method, **{"Sec-Fetch-Mode": mode})

    assert answer.status_code == 401
    assert answer.headers.keys() & {"Location", "WWW-Authenticate"} == set()


def test_whoever_is_signed_in_gets_the_page(door: Door) -> None:
    answer = door.ask(Cookie=SIGNED_IN, **OPENS_A_PAGE)

    assert answer.status_code == 200


def test_the_check_hears_no_query_no_body_and_nothing_of_upgrades(door: Door) -> None:
    door.ask("/?a=1", "PUT", Cookie=SIGNED_IN, **FROM_A_SCRIPT, Connection="Upgrade", Upgrade="websocket")

    asked, headers = Checks.asked[0]
    assert asked == "GET /auth/browser/calendar"
    assert headers.keys() & {"Upgrade", "Content-Length", "Transfer-Encoding"} == set()
    assert headers.get("Connection", "close").lower() in {"close", "keep-alive"}


def test_trustweb_answers_under_the_name_of_the_site(door: Door) -> None:
    answer = door.ask("/.trustweb/start?to=/a", **OPENS_A_PAGE)

    ((asked, headers),) = Checks.asked
    assert (answer.status_code, answer.headers["Location"]) == (303, "/services/elsewhere")
    assert asked == "GET /.trustweb/start?to=/a"
    assert headers["Host"] == headers["X-Forwarded-Host"] == door.proxy.origin.partition("://")[2]
    assert headers["X-Forwarded-Proto"] == door.proxy.origin.partition("://")[0]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_from_the_client_reaches_the_app(door: Door, spelling: str) -> None:
    answer = door.ask(Cookie=SIGNED_IN, **OPENS_A_PAGE, **{spelling: "eve"})

    assert answer.json()["headers"]["X-Remote-User"] == "alice@example.com"
    assert "eve" not in answer.json()["headers"].values()


def test_the_app_gets_neither_cookies_nor_passwords(door: Door) -> None:
    told = door.ask(method="PUT", Cookie=SIGNED_IN, **FROM_A_SCRIPT).json()

    assert told["method"] == "PUT"
    assert told["headers"].keys() & {"Cookie", "Authorization"} == set()


@pytest.mark.parametrize("headers", [{}, PASSWORD, PASSWORD | {"Cookie": SIGNED_IN}])
def test_programs_have_a_door_of_their_own(door: Door, headers: dict[str, str]) -> None:
    answer = door.ask(method="PROPFIND", **headers)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="calendar"')
    assert [asked for asked, _ in Checks.asked] == ["GET /auth/basic/calendar"]
