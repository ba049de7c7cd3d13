"""Codes, refresh tokens and signing keys of services at once, over sockets, with several processes (rules B3, C4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.crowd import Desk, at_once, desk_of
from tests.support.openid import EXCHANGE, JWKS, REFRESH, App, alice, give_app
from tests.support.site import Site
from trustweb.models import ServiceToken, SigningKey

MANY = 50


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = {"TRUSTWEB_PLUGINS": "tests/support/plugins", "TRUSTWEB_WORKER": "0"}
    if request.param == "postgresql":
        settings["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    folder = tmp_path_factory.mktemp("races") / "instance"
    with Site(folder, settings, workers=3, threads=4) as site, desk_of(site) as desk:
        yield desk


def post(app: App, form: dict[str, str]) -> requests.Response:
    return requests.post(f"{app.kit.site.url}/token", data=app.own | form, timeout=60)  # type: ignore[attr-defined]


def many(app: App, form: dict[str, str]) -> list[requests.Response]:
    return at_once([lambda: post(app, form)] * MANY)


def good(app: App, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{app.kit.site.url}/userinfo"  # type: ignore[attr-defined]
    return requests.get(url, headers=headers, timeout=60).ok


def first(app: App, name: str, **values: str) -> dict[str, Any]:
    code = app.code(alice(app.kit, name)[1], **values)
    return dict(post(app, EXCHANGE | {"code": code}).json())


def test_of_the_first_keys_that_processes_make_at_once_one_stays(desk: Desk) -> None:
    give_app(desk, "keys")

    sets = at_once([lambda: requests.get(f"{desk.site.url}{JWKS}", timeout=60).json()] * 12)

    assert {len(each["keys"]) for each in sets} == {1}
    assert desk.count(SigningKey) == 1


def test_b3_of_one_code_fifty_times_one_gets_tokens_and_those_are_dead_afterwards(desk: Desk) -> None:
    app = give_app(desk, "photos")
    code = app.code(alice(desk, "b3@example.com")[1])

    answers = many(app, EXCHANGE | {"code": code})

    assert Counter(each.status_code for each in answers) == {200: 1, 400: MANY - 1}
    (winner,) = [each.json() for each in answers if each.ok]
    assert not good(app, winner["access_token"])
    assert post(app, REFRESH | {"refresh_token": winner["refresh_token"]}).status_code == 400


def test_c4_of_one_refresh_fifty_times_there_is_one_successor(desk: Desk) -> None:
    app = give_app(desk, "wiki")
    before = first(app, "c4@example.com")

    answers = many(app, REFRESH | {"refresh_token": before["refresh_token"]})

    assert {each.status_code for each in answers} == {200}
    (successor,) = {each.json()["refresh_token"] for each in answers}
    assert all(good(app, each.json()["access_token"]) for each in answers[:5])
    assert post(app, REFRESH | {"refresh_token": successor}).ok
    assert post(app, REFRESH | {"refresh_token": before["refresh_token"]}).status_code == 400
    assert not good(app, answers[0].json()["access_token"])


def test_c4_an_app_without_a_secret_that_refreshes_fifty_times_has_nothing_left(desk: Desk) -> None:
    app = give_app(desk, "phone", public=True)
    before = first(app, "c4p@example.com", scope="openid offline_access")

    answers = many(app, REFRESH | {"refresh_token": before["refresh_token"]})

    assert Counter(each.status_code for each in answers) == {200: 1, 400: MANY - 1}
    (winner,) = [each.json() for each in answers if each.ok]
    assert not good(app, winner["access_token"])
    assert post(app, REFRESH | {"refresh_token": winner["refresh_token"]}).status_code == 400


def test_a_refresh_and_a_revocation_at_once_leave_nothing(desk: Desk) -> None:
    app = give_app(desk, "notes")
    before = first(app, "revoked@example.com")
    revoke = f"{desk.site.url}/revoke"
    form = app.own | {"token": before["refresh_token"]}

    acts = [lambda: post(app, REFRESH | {"refresh_token": before["refresh_token"]})] * 10
    at_once([*acts, lambda: requests.post(revoke, data=form, timeout=60), *acts])

    with desk.database.reading() as work:
        newest = work.db.query(ServiceToken).order_by(ServiceToken.id.desc()).first()
        assert newest
        assert desk.count(ServiceToken, family=newest.family, revoked_at=None) == 0


def test_c4_a_second_use_is_noticed_after_a_restart_too(desk: Desk) -> None:
    app = give_app(desk, "chat")
    before = first(app, "restart@example.com")
    second = post(app, REFRESH | {"refresh_token": before["refresh_token"]}).json()
    assert post(app, REFRESH | {"refresh_token": second["refresh_token"]}).ok
    desk.site.web.stop()  # type: ignore[union-attr]
    desk.site.start_web()

    assert post(app, REFRESH | {"refresh_token": before["refresh_token"]}).status_code == 400
    assert not good(app, second["access_token"])
