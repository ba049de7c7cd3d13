"""The session cookie: only what the site has signed is read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from tests.support.kit import Kit
from trustweb import keys
from trustweb.web.base.session_cookie import SessionCookie

OLD, NEW = (f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("old", "new"))
SAID = {"_user_id": "a token", "csrf_token": "0" * 40}


def cookies(*ring: str) -> SessionCookie:
    return SessionCookie("trustweb", keys.parse("\n".join(ring)))


def test_what_is_written_is_read() -> None:
    assert cookies(NEW).read(cookies(NEW).write(SAID)) == SAID


def test_a_cookie_outlives_the_key_that_signed_it_as_long_as_the_ring_has_it() -> None:
    before = cookies(OLD).write(SAID)

    assert cookies(NEW, OLD).read(before) == SAID
    assert cookies(NEW).read(before) == {}
    assert cookies(OLD).read(cookies(NEW, OLD).write(SAID)) == {}  # the newest one signs


def another_body(cookie: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps(SAID | {"_user_id": "another's"}).encode()).decode().rstrip("=")
    return f"{body}.{cookie.rpartition('.')[2]}"


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: "",
        lambda _: ".",
        lambda _: "{}",
        lambda cookie: cookie.rpartition(".")[0],
        lambda cookie: cookie[1:],
        lambda cookie: cookie[:-1],
        another_body,
        lambda _: "\udcff\ufffd." + "A" * 43,
    ],
)
def test_a_forged_one_says_nothing(forge: Callable[[str], str]) -> None:
    assert cookies(NEW).read(forge(cookies(NEW).write(SAID))) == {}


@pytest.mark.parametrize("hostile", ['"\\377\\376.\\377"', "\xff.\xff", "=", "a" * 8000])
def test_a_hostile_one_is_a_stranger_s(kit: Kit, hostile: str) -> None:
    answer = kit.app.test_client().get(
        "/sign-in", base_url=kit.core.config.origin, headers={"Cookie": f"trustweb={hostile}"}
    )

    assert answer.status_code == 200


def test_a_form_s_token_is_no_cookie(kit: Kit) -> None:
    page = kit.app.test_client().get("/sign-in", base_url=kit.core.config.origin)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert token

    assert kit.app.session_interface.read(token) == {}  # type: ignore[attr-defined]
