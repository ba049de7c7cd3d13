"""Redirects stay within the site, whatever a request says."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest
from markupsafe import Markup

from tests.support.kit import MOBILE, Kit
from tests.support.programs import ask, give

OURS = "http://localhost:8000"
HERE = {"HTTP_HOST": "localhost:8000"}
ENVIRONS = [
    {"SCRIPT_NAME": "//evil.example"}, {"SCRIPT_NAME": "/app"}, {"SCRIPT_NAME": "/https://evil.example"},
    {"SCRIPT_NAME": "/\\evil.example"}, {"HTTP_SCRIPT_NAME": "//evil.example"},
    {"HTTP_X_FORWARDED_PREFIX": "//evil.example"}, {"HTTP_X_SCRIPT_NAME": "//evil.example"},
    {"HTTP_X_ORIGINAL_URL": "//evil.example/"}, {"HTTP_X_REWRITE_URL": "//evil.example/"},
    {"HTTP_X_FORWARDED_HOST": "evil.example"}, {"HTTP_FORWARDED": "host=evil.example;proto=https"},
    {"SERVER_NAME": "evil.example", "SERVER_PORT": "443"}, {"HTTP_REFERER": "https://evil.example/"},
    {"RAW_URI": "//evil.example/", "REQUEST_URI": "//evil.example/"},
]  # fmt: skip
PATHS = [
    "/", "//", "///", "//evil.example/", "///evil.example", "/\\evil.example", "/%5cevil.example",
    "/%2f%2fevil.example",
    "//evil.example/%2e%2e", "/security//numbers", "//security//numbers", "/sign-in//", "/.//evil.example",
    "/%0d%0aLocation:%20https://evil.example", "/%09/evil.example", "/@evil.example", "/:80@evil.example", "/%00",
    "/sign-in?next=//evil.example", "/x?a%0d%0ab=%0a", "/security?//evil.example", "/%ff%fe", "/%3Fx%23y",
]  # fmt: skip


def answered(kit: Kit, path: str, host: str = "localhost:8000", **environ: str) -> tuple[int, str | None]:
    raw, _, query = path.partition("?")
    # As servers hand it on: Werkzeug's client would read some of these paths as hosts.
    asked = {"PATH_INFO": unquote_to_bytes(raw).decode("latin-1"), "QUERY_STRING": query, "HTTP_HOST": host}
    answer = kit.app.test_client(use_cookies=False).get("/", environ_overrides=asked | environ)
    return answer.status_code, answer.headers.get("Location")


def as_browsers_read(location: str) -> str:
    """The origin that a browser goes to: tabs and line ends mean nothing to it, and a backslash is a slash."""
    spelt = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
    parts = urlsplit(urljoin(f"{OURS}/deep/page", spelt))
    return f"{parts.scheme}://{parts.netloc}"


@pytest.mark.parametrize("environ", ENVIRONS, ids=str)
def test_what_the_server_made_of_a_request_sends_nobody_elsewhere(kit: Kit, environ: dict[str, str]) -> None:
    asked = answered(kit, "/security", **environ)

    assert asked == (303, "/sign-in")
    assert answered(kit, "/security") == (303, "/sign-in")
    assert answered(kit, "/", **environ) == (303, "/security")


@pytest.mark.parametrize("environ", ENVIRONS, ids=str)
def test_pages_have_the_same_links_whatever_the_server_made_of_the_request(kit: Kit, environ: dict[str, str]) -> None:
    client = kit.app.test_client(use_cookies=False)
    links = [
        re.findall(r'(?:href|action|src|hx-get|hx-post)="(.*?)"', client.get("/sign-in", environ_overrides=each).text)
        for each in (HERE, HERE | environ, HERE)
    ]

    assert links[0] == links[1] == links[2]
    assert len(links[0]) > 5


@pytest.mark.parametrize("host", ["localhost:8000", "evil.example", "LOCALHOST:8000", "localhost"])
@pytest.mark.parametrize("path", PATHS)
def test_no_address_leads_out_of_the_site(kit: Kit, path: str, host: str) -> None:
    _, location = answered(kit, path, host)

    if location is not None:
        assert as_browsers_read(location) == OURS
        assert location.isprintable()


def test_another_host_keeps_the_whole_of_what_was_asked(kit: Kit) -> None:
    kept = "/j%C3%B6rg/a%20b;c=d?e=%C3%A9%20&f=g%26h"

    assert answered(kit, kept, "evil.example") == (308, OURS + kept)


def test_a_path_that_the_server_cut_in_two_does_not_reach_where_programs_are_checked(kit: Kit) -> None:
    secret = give(kit, kit.account(numbers=(MOBILE,)))
    assert ask(kit, secret).status_code == 200

    for name in ("/x", "//evil.example", "/auth"):
        environ = {"SCRIPT_NAME": name, "REMOTE_ADDR": "127.0.0.1"}
        assert answered(kit, "/auth/basic/mail", **environ)[0] == 404


def test_a_piece_is_remembered_by_its_words_and_by_whether_they_are_safe(kit: Kit) -> None:
    go = kit.app.jinja_env.globals["pieces"].go  # type: ignore[attr-defined]
    typed, ours = "Keep &amp; go", Markup("Keep &amp; go")

    drawn = [go("/", words) for words in (typed, ours, typed)]

    assert "Keep &amp;amp; go" in drawn[0]
    assert "Keep &amp; go" in drawn[1]
    assert drawn[2] == drawn[0]
