"""The queue before the password check: strangers get half of a process’s threads at most."""

from __future__ import annotations

import ast
from collections.abc import Callable
from io import BytesIO

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.support.hashing_queue import queue_of
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, PASSWORD, Kit
from tests.support.paths import ROOT
from tests.support.sign_in import enter_password
from tests.support.statements import executed
from trustweb.authentication.passwords import TooBusy
from trustweb.web.base import hashing

DOORS = ["/sign-in", "/invitation/x", "/recovery/x", "/recover/1-x", "/reset/1-x", "/forgotten-password/key"]
BUSY = "Too many people are signing in right now. Please try again in a few seconds."


class Unread(BytesIO):
    """The body of a request that comes slowly: whoever reads it waits."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readinto = readline = read  # type: ignore[assignment]


def post(kit: Kit, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    environ = EnvironBuilder(path, "http://localhost:8000", method="POST", headers=headers).get_environ()
    environ |= {"wsgi.input": Unread(), "CONTENT_LENGTH": "9", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    body, status, said = run_wsgi_app(kit.app, environ, buffered=True)
    return int(status.split(" ")[0]), dict(said), b"".join(body).decode()


@pytest.mark.parametrize(("threads", "places"), [("1", 1), ("2", 1), ("4", 2)])
def test_strangers_have_half_of_the_threads(make_kit, threads: str, places: int) -> None:
    hasher = make_kit(TRUSTWEB_WEB_THREADS=threads).core.hasher

    with queue_of(hasher, places):
        with pytest.raises(TooBusy):
            hasher.verify(None, PASSWORD, known_browser=False)
        assert hasher.verify(hasher.hash(PASSWORD), PASSWORD, known_browser=True)


def test_whoever_has_a_place_needs_no_second_one(make_kit) -> None:
    hasher = make_kit(TRUSTWEB_WEB_THREADS="2").core.hasher

    with hasher.place(known_browser=False):
        assert not hasher.verify(None, PASSWORD, known_browser=False)
    assert not hasher.verify(None, PASSWORD, known_browser=False)


@pytest.mark.parametrize("path", DOORS)
def test_a_stranger_is_refused_before_the_body_is_read_and_anything_is_written(kit: Kit, path: str) -> None:
    with queue_of(kit.core.hasher, 2), executed(kit.core.database) as asked:
        status, headers, body = post(kit, path, Cookie="trustweb=junk")

    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "5", "no-store")
    assert BUSY in body
    assert asked == []


def test_htmx_gets_the_page_in_place_of_the_one_that_it_is_on(kit: Kit) -> None:
    with queue_of(kit.core.hasher, 2):
        status, headers, body = post(kit, "/sign-in", **{"HX-Request": "true"})

    assert (status, headers["HX-Retarget"]) == (503, "body")
    assert BUSY in body


def test_a_place_is_given_back_with_the_answer(make_kit) -> None:
    kit = make_kit(TRUSTWEB_WEB_THREADS="2")

    statuses = [enter_password(kit, password="not the password").status for _ in range(3)]

    assert statuses == [422, 422, 422]


def known(kit: Kit) -> Visitor:
    return kit.signed_in().submit("Not Now").submit("Sign out")


def trusted(kit: Kit) -> Visitor:
    return kit.signed_in().submit("Trust").submit("Sign out")


@pytest.mark.parametrize("make", [known, trusted])
def test_people_at_their_own_browsers_sign_in_meanwhile(kit: Kit, make: Callable[[Kit], Visitor]) -> None:
    kit.account(numbers=(MOBILE,))
    owner = make(kit)

    with queue_of(kit.core.hasher, 2):
        enter_password(kit, visitor=owner)

    assert owner.path in {"/sign-in/code", "/security"}


def test_one_s_own_known_browser_is_a_stranger_to_another_account(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    kit.account("eve@example.com", numbers=(MOBILE,))
    eve = kit.signed_in("eve@example.com").submit("Sign out")

    with queue_of(kit.core.hasher, 2):
        guess = eve.get("/sign-in").submit("Sign In", account="alice@example.com", password="not the password")

    assert guess.status == 503
    assert BUSY in guess.text


def test_a_password_is_changed_meanwhile(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().get("/security/password")

    with queue_of(kit.core.hasher, 2):
        owner.submit("/security/password", current_password=PASSWORD, new_password="a much better password")

    assert owner.path == "/security"


def test_views_get_the_hasher_only_when_they_say_that_they_hash(kit: Kit) -> None:
    with kit.app.test_request_context("/sign-in/passkey", method="POST"), pytest.raises(AssertionError):
        hashing.hasher()
    with kit.app.test_request_context("/sign-in", method="POST"):
        assert hashing.hasher() is kit.core.hasher


def test_no_view_takes_the_hasher_by_another_way() -> None:
    takers = {
        path.name
        for path in (ROOT / "trustweb" / "web").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "hasher"
    }

    assert takers == {"hashing.py"}


def test_every_address_where_a_stranger_has_a_password_hashed_is_tried_here(kit: Kit) -> None:
    rules = {name: view.trustweb for name, view in kit.app.view_functions.items()}  # type: ignore[attr-defined]
    open_to_strangers = {name for name, each in rules.items() if each["hashes"] and each["stage"] == "anonymous"}

    adapter = kit.app.url_map.bind("localhost")
    assert open_to_strangers == {adapter.match(path, method="POST")[0] for path in DOORS}
