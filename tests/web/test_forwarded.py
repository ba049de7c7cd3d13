"""The client’s address behind proxies: from one header, counted from the right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.programs import ask, give
from trustweb import config
from trustweb.models import AppPassword
from trustweb.web.base import forwarded
from trustweb.web.base.forwarded import NOTHING, Client

X, RFC = "X-Forwarded-For", "Forwarded"
URL = "https://account.example.com"
READ = [
    (X, 1, {"For": "198.51.100.1, 203.0.113.8:40000"}, Client("203.0.113.8", None, None)),
    (X, 2, {"For": "6.6.6.6, 203.0.113.8,10.0.0.1"}, Client("203.0.113.8", None, None)),
    (X, 2, {"For": "10.0.0.1", "Proto": "https", "Host": "a"}, NOTHING),
    (X, 1, {"For": '", 203.0.113.8'}, Client("203.0.113.8", None, None)),
    (X, 1, {"For": "203.0.113.8, "}, Client("", None, None)),
    (X, 1, {"For": "203.0.113.8, unknown"}, Client("", None, None)),
    (X, 1, {"For": ""}, NOTHING), (X, 1, {"For": " "}, NOTHING), (X, 1, {}, NOTHING),
    (X, 1, {"Proto": "http, HTTPS", "Host": "evil.example, a.example"}, Client(None, "https", "a.example")),
    (X, 1, {"Proto": '"https"'}, Client(None, "https", None)), (X, 1, {"Proto": "https:"}, Client(None, "https", None)),
    (X, 1, {"Proto": "wss"}, Client(None, "https", None)), (X, 1, {"Proto": "https,"}, NOTHING),
    (X, 1, {"Proto": "on"}, NOTHING), (X, 1, {"Proto": "ssl"}, NOTHING), (X, 1, {"Proto": "HTTP/1.1"}, NOTHING),
    (RFC, 1, "proto=WSS", Client(None, "https", None)), (RFC, 1, 'proto="https:"', Client(None, "https", None)),
    (RFC, 1, "for=6.6.6.6, for=203.0.113.8", Client("203.0.113.8", None, None)),
    (RFC, 1, 'For="[2001:db8::1]:443";Proto=HTTPS ; host="a.example:8443"', Client("2001:db8::1", "https",
    "a.example:8443")),
    (RFC, 2, "for=203.0.113.8;proto=https, for=10.0.0.1;proto=http", Client("203.0.113.8", "https", None)),
    (RFC, 2, "for=203.0.113.8", NOTHING), (RFC, 1, "", NOTHING), (RFC, 1, "proto=https", Client(None, "https", None)),
    (RFC, 1, "for=unknown", Client("", None, None)), (RFC, 1, "for=_hidden;by=_x", Client("", None, None)),
    (RFC, 1, 'for=", for=203.0.113.8', Client("203.0.113.8", None, None)),
    (RFC, 1, 'for=203.0.113.8;host="x,for=6.6.6.6"', NOTHING), (RFC, 1, "for=203.0.113.8;for=6.6.6.6", NOTHING),
    (RFC, 1, 'host="x,for=6.6.6.6;host=a";for=203.0.113.8', NOTHING), (RFC, 1, "for=203.0.113.8;;",
    Client("203.0.113.8", None, None)),
    (RFC, 1, 'for="203.0.113.8\\"', NOTHING), (RFC, 1, "203.0.113.8", NOTHING), (RFC, 1, 'for="203.0.113.8', NOTHING),
]  # fmt: skip


def environ(said: dict[str, str] | str) -> dict[str, str]:
    if isinstance(said, str):
        return {"HTTP_FORWARDED": said, "HTTP_X_FORWARDED_FOR": "6.6.6.6", "HTTP_X_FORWARDED_HOST": "evil.example"}
    others = {"HTTP_FORWARDED": "for=6.6.6.6;host=evil.example;proto=http", "HTTP_X_REAL_IP": "6.6.6.6"}
    return others | {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in said.items()}


@pytest.mark.parametrize(("header", "proxies", "said", "read"), READ)
def test_what_proxies_say(
    header: str, proxies: int, said: dict[str, str] | str, read: Client, tmp_path: object
) -> None:
    settings = config.load({"TRUSTWEB_INSTANCE": str(tmp_path), "TRUSTWEB_FORWARDED_HEADER": header})

    assert forwarded.reader(settings)(environ(said), proxies) == read


def test_another_header_is_refused_with_a_sentence(tmp_path: object) -> None:
    with pytest.raises(config.ConfigError, match="TRUSTWEB_FORWARDED_HEADER must be one of X-Forwarded-For, Forwarded"):
        config.load({"TRUSTWEB_INSTANCE": str(tmp_path), "TRUSTWEB_FORWARDED_HEADER": "X-Real-IP"})


def wrong(kit: Kit, door: str, headers: dict[str, str]) -> int:
    """Try a wrong password behind the proxy 127.0.0.1."""
    if door == "program":
        return ask(kit, "wrong", **{name.replace("-", "_"): value for name, value in headers.items()}).status_code
    visitor = Visitor(client=kit.app.test_client(), headers=headers)
    return visitor.get("/sign-in").submit("Sign In", account=ALICE, password="not the password").status


FULL = {"page": 429, "program": 403}
PORTS = [f"203.0.113.8:{40000 + each}" for each in range(4)]


@pytest.mark.parametrize("header", [X, RFC])
@pytest.mark.parametrize("door", FULL)
@pytest.mark.parametrize(
    "addresses",
    [
        PORTS, ["203.0.113.8", "203.0.113.8:1", "::ffff:203.0.113.8", '[::ffff:203.0.113.8]:7'],
        ["[2001:db8::1]", "[2001:db8::2]:9", "2001:db8::3", "2001:db8::4%eth0"], ["unknown", "_one", "_two", "<b>"],
    ],
    ids=["ports", "spellings", "neighbours", "nothing"],
)  # fmt: skip
def test_one_caller_has_only_so_many_tries(
    make_kit: Callable[..., Kit], header: str, door: str, addresses: list[str]
) -> None:
    limits = {"TRUSTWEB_WRONG_PASSWORDS": "3/300", "TRUSTWEB_WRONG_APP_PASSWORDS": "3/300"}
    kit = make_kit(TRUSTWEB_TRUSTED_PROXIES="1", TRUSTWEB_FORWARDED_HEADER=header, **limits)
    other, values = {X: RFC, RFC: X}[header], {X: "{}", RFC: 'for="{}"'}

    answers = [
        wrong(
            kit, door, {header: values[header].format(each.strip('"')), other: values[other].format(f"198.51.100.{at}")}
        )
        for at, each in enumerate(addresses)
    ]

    assert FULL[door] not in answers[:3]
    assert answers[3] == FULL[door]
    assert wrong(kit, door, {header: values[header].format("203.0.113.9:1")}) not in {FULL[door], 200}


def test_a_program_is_known_in_its_whole_neighbourhood(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_WRONG_APP_PASSWORDS="3/300")
    secret = give(kit, kit.account(numbers=(MOBILE,)))
    ask(kit, secret, X_Forwarded_For="2001:db8:9:1::a")
    for at in range(4):
        ask(kit, "wrong", X_Forwarded_For=f"2001:db8:9:1::{at}")

    answers = [ask(kit, secret, X_Forwarded_For=each) for each in ("2001:db8:9:1::b", "[2001:db8:9:1:f::]:8")]

    assert [each.status_code for each in answers] == [200, 200]
    with kit.core.database.reading() as work:
        assert work.db.query(AppPassword.last_address).scalar() == "2001:db8:9:1::a"


def test_nobody_is_known_where_nobody_knows_where_that_is(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_WRONG_APP_PASSWORDS="3/300")
    secret = give(kit, kit.account(numbers=(MOBILE,)))
    ask(kit, secret, X_Forwarded_For="unknown")

    answers = [ask(kit, each, X_Forwarded_For="_hidden").status_code for each in ("wrong",) * 3 + (secret,)]

    assert answers == [401, 401, 401, 403]


@pytest.mark.parametrize(
    ("proxies", "said"), [("0", {"Proto": "http"}), ("2", {"For": "203.0.113.8", "Proto": "https"})]
)
def test_a_browser_is_not_sent_to_where_it_is_when_nobody_says_how_it_came(
    make_kit: Callable[..., Kit], proxies: str, said: dict[str, str]
) -> None:
    kit = make_kit(TRUSTWEB_PUBLIC_URL=URL, TRUSTWEB_TRUSTED_PROXIES=proxies)

    asked = create_environ("/sign-in", URL, headers={f"X-Forwarded-{name}": value for name, value in said.items()})
    _, status, headers = run_wsgi_app(kit.app, asked | {"wsgi.url_scheme": "http"})

    assert status.startswith("421")
    assert "Location" not in headers


def asked(kit: Kit, **said: str) -> tuple[int, str | None]:
    headers = {X: "203.0.113.8"} | {f"X-Forwarded-{name}": value for name, value in said.items()}
    answer = kit.app.test_client().get("/sign-in", base_url="http://internal", headers=headers)
    return answer.status_code, answer.headers.get("Location")


@pytest.mark.parametrize("scheme", ["on", "ssl", "https,", "", "ftp"])
def test_what_is_no_scheme_is_said_by_nobody(make_kit: Callable[..., Kit], scheme: str) -> None:
    kit = make_kit(TRUSTWEB_PUBLIC_URL=URL, TRUSTWEB_TRUSTED_PROXIES="1")

    assert asked(kit, Host="account.example.com", Proto=scheme) == (421, None)
    assert asked(kit, Host="other.example.com", Proto=scheme) == (308, f"{URL}/sign-in")


@pytest.mark.parametrize(("url", "host"), [(URL, "account.example.com:80"), (f"{URL}:8443", "Account.example.com")])
def test_our_own_host_with_another_port_is_not_sent_to_itself(
    make_kit: Callable[..., Kit], url: str, host: str
) -> None:
    kit = make_kit(TRUSTWEB_PUBLIC_URL=url, TRUSTWEB_TRUSTED_PROXIES="1")

    assert asked(kit, Host=host, Proto="https") == (421, None)
    assert asked(kit, Host=host, Proto="http") == (308, f"{url}/sign-in")


def test_a_browser_that_came_by_http_is_sent_to_https(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_PUBLIC_URL=URL, TRUSTWEB_TRUSTED_PROXIES="1")
    headers = {X: "203.0.113.8", "X-Forwarded-Proto": "http"}

    answer = kit.app.test_client().get("/sign-in?x=1", base_url=URL, headers=headers)

    assert (answer.status_code, answer.headers["Location"]) == (308, f"{URL}/sign-in?x=1")
