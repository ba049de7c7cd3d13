"""``trustweb service test`` plays the app, the browser and the program, and says what is wrong in a line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from werkzeug.serving import make_server

from tests.support.kit import Kit
from tests.support.processes import free_port, serving
from tests.support.service_commands import PHOTOS, done, none, run

pytestmark = pytest.mark.slow

Answers = dict[str, tuple[int, str]]
"""By path (of a host that is not localhost, with that before it): the status, and a body or where it leads."""


@contextmanager
def site(port: int, answers: Answers) -> Iterator[None]:
    """A stand-in for what the operator's proxies answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["Host"].partition(".localhost")[0] if ".localhost" in self.headers["Host"] else ""
            status, text = answers.get(host + self.path.partition("?")[0], (404, ""))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", text)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server, serving(server):
        yield


class Trial:
    def __init__(self, make_kit: Callable[..., Kit]) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.kit = make_kit(TRUSTWEB_PUBLIC_URL=self.url, TRUSTWEB_SITE_NAME="Trial")
        none(self.kit)

    def add(self, *arguments: str) -> None:
        done(self.kit, "service", "add", *arguments)

    def good(self) -> Answers:
        """The answers of a site at which all is well."""
        said = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", "authorization_endpoint": f"{self.url}/authorize"}
        return {
            "/.well-known/openid-configuration": (200, json.dumps(said)),
            "/keys": (200, '{"keys": [{"kid": "a"}]}'),
            "/authorize": (303, "/authorize/a-random-id/sign-in"),
            "/authorize/a-random-id/sign-in": (200, "Sign in to continue to Photos"),
            "photos/.trustweb/start": (303, f"{self.url}/services/photos/enter?start=x"),
            "photos/": (401, ""),
            "/auth/basic/photos": (401, ""),
        }

    def lines(self, changed: Answers) -> list[str]:
        with site(self.port, self.good() | changed):
            ran = run(self.kit, "service", "test", "photos", "--inner", f"{self.url}/")
        wrong = [each for each in ran.stdout.splitlines() if each.startswith("wrong")]
        assert ran.exit_code == bool(wrong), ran.output
        return ran.stdout.splitlines() if not changed else wrong


@pytest.fixture
def trial(make_kit: Callable[..., Kit]) -> Trial:
    trial = Trial(make_kit)
    trial.add(*PHOTOS, "--browser", "--origin", f"http://photos.localhost:{trial.port}", "--program")
    return trial


def test_where_all_is_well_it_says_so_in_a_line_each(trial: Trial) -> None:
    assert trial.lines({}) == [
        f"good   {trial.url}/.well-known/openid-configuration",
        f"good   {trial.url}/keys",
        f"good   {trial.url}/authorize",
        f"good   http://photos.localhost:{trial.port}/.trustweb/start?to=/",
        f"good   http://photos.localhost:{trial.port}/",
        f"good   {trial.url}/auth/basic/photos",
    ]


@pytest.mark.parametrize(
    ("path", "answer", "part"),
    [
        ("/.well-known/openid-configuration", (404, ""), "it answers 404; does the proxy"),
        ("/.well-known/openid-configuration", (200, "<html>"), "it answers with no JSON"),
        ("/.well-known/openid-configuration", (200, "[]"), "it answers with no JSON"),
        ("/.well-known/openid-configuration", (200, '{"issuer": "https://evil.example"}'), "it is not ours: set TRUST"),
        ("/keys", (200, '{"keys": []}'), "there are no keys"), ("/keys", (500, ""), "it answers 500"),
        ("/authorize", (400, ""), "it answers 400 and no sign-in page"),
        ("/authorize", (303, "/authorize"), "for ever"),
        ("/authorize", (303, "https://photos.example.com/callback?error=x_y"), "it sends people back with 'x_y'"),
        ("photos/.trustweb/start", (404, ""), "let the site's proxy hand /.trustweb/ to Trustweb"),
        ("photos/.trustweb/start", (303, "https://evil.example/"), "does not lead to us"),
        ("photos/.trustweb/start", (200, ""), "does not lead to us"),
        ("photos/", (200, "pictures"), "it is open to everybody"), ("photos/", (502, ""), "is it a trusted peer"),
        ("/auth/basic/photos", (404, ""), "it is not there"), ("/auth/basic/photos", (403, ""), "no trusted peer"),
        ("/auth/basic/photos", (200, ""), "a wrong password gets 200"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(trial: Trial, path: str, answer: tuple[int, str], part: str) -> None:
    (line,) = trial.lines({path: answer})

    assert part in line


def test_where_nobody_answers_it_says_so(trial: Trial) -> None:
    ran = run(trial.kit, "service", "test", "photos", "--json", "--inner", f"http://localhost:{free_port()}")

    assert ran.exit_code == 1
    assert [each["good"] for each in json.loads(ran.stdout)] == [False, False, False]
    assert all("onnection refused; " in each["wrong"] for each in json.loads(ran.stdout))


def test_a_wrong_password_is_tried_at_the_site_itself(trial: Trial) -> None:
    trial.add("mail", "--program")
    with make_server("127.0.0.1", free_port(), trial.kit.app, threaded=True) as server, serving(server):
        inner = f"http://127.0.0.1:{server.port}"
        ran = run(trial.kit, "service", "test", "mail", "--inner", inner)

    assert ran.stdout == f"good   {inner}/auth/basic/mail\n"


def test_an_app_is_played_at_the_site_itself(make_kit: Callable[..., Kit]) -> None:
    trial = Trial(make_kit)
    trial.add(*PHOTOS)
    with make_server("127.0.0.1", trial.port, trial.kit.app, threaded=True) as server, serving(server):
        ran = run(trial.kit, "service", "test", "photos")

    places = ("/.well-known/openid-configuration", "/.well-known/jwks.json", "/authorize")
    assert ran.stdout.splitlines() == [f"good   {trial.url}{each}" for each in places]


def test_there_is_no_test_of_what_is_not_there(trial: Trial) -> None:
    ran = run(trial.kit, "service", "test", "door")

    assert (ran.exit_code, ran.stderr) == (1, "Error: There is no service door.\n")
