"""Logout tokens (rule E2): signed, of a form of their own, which nothing takes for an ID token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import jwt
import pytest

from tests.support.app_listener import AppListener
from tests.support.kit import Kit
from tests.support.openid import JWKS, App, alice, give_app, userinfo, web
from trustweb.authentication import sessions, sign_in
from trustweb.models import SessionView
from trustweb.services import signing_keys

EVENTS = {"http://schemas.openid.net/event/backchannel-logout": {}}


@dataclass
class Photos:
    """An app that hears of logouts, in which Alice is signed in."""

    kit: Kit
    hears: AppListener
    app: App
    session: SessionView
    claims: dict

    def hear(self, after: int = 1) -> dict[str, str]:
        with self.kit.core.database.writing(self.session.account_id) as work:
            sessions.sign_out(work, self.session)
        self.kit.deliver()
        return self.hears.wait_for(after)[-1]

    def read(self, token: str) -> dict:
        published = jwt.PyJWKSet.from_dict(web(self.kit, JWKS).json)
        key = published[jwt.get_unverified_header(token)["kid"]]
        at = {"verify_exp": False, "verify_iat": False}  # the kit's clock is not the machine's
        return jwt.decode(token, key, ["RS256"], audience=self.app.client_id, options=at)


@pytest.fixture
def photos(kit: Kit) -> Iterator[Photos]:
    with AppListener() as hears:
        app, (_, session) = give_app(kit, logout_uri=hears.uri), alice(kit)
        yield Photos(kit, hears, app, session, app.claims(app.tokens(session)["id_token"]))


def test_e2_it_says_whose_sign_in_has_ended_and_nothing_else(photos: Photos) -> None:
    heard = photos.hear()

    assert set(heard) == {"logout_token", "path"}
    token = heard["logout_token"]
    said, now = photos.read(token), int(photos.kit.clock.now.timestamp())
    assert set(said) == {"iss", "aud", "iat", "exp", "jti", "events", "sid", "sub"}
    assert (said["iss"], said["aud"]) == ("http://localhost:8000", photos.app.client_id)
    assert (said["sid"], said["sub"]) == (photos.claims["sid"], photos.claims["sub"])
    assert said["events"] == EVENTS
    assert (said["iat"], said["exp"] - said["iat"]) == (now, 120)
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("RS256", "logout+jwt")


def test_e2_each_try_has_a_token_of_its_own(photos: Photos) -> None:
    photos.hears.answers = [500]
    first = photos.read(photos.hear()["logout_token"])

    photos.kit.clock.forward(seconds=10)
    second = photos.read(photos.hear(after=2)["logout_token"])

    assert first["jti"] != second["jti"]
    assert second["iat"] == first["iat"] + 10
    assert first["sid"] == second["sid"]


def test_e2_it_is_signed_by_the_key_of_the_day(photos: Photos) -> None:
    kid = signing_keys.rotate(photos.kit.core.database, at_once=True)

    assert jwt.get_unverified_header(photos.hear()["logout_token"])["kid"] == kid


def test_it_is_no_hint_for_a_sign_out(photos: Photos) -> None:
    token = photos.hear()["logout_token"]

    page = photos.kit.signed_in().get(f"/end-session?id_token_hint={token}")

    assert "Do you want to sign out?" in page.text


def test_a_refresh_token_ends_with_the_sign_in(photos: Photos) -> None:
    tokens = photos.app.tokens(photos.session)
    photos.hear()

    assert photos.app.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert userinfo(photos.kit, tokens["access_token"]).status_code == 401


def test_an_offline_grant_outlives_a_sign_out_but_no_new_password(photos: Photos) -> None:
    tokens = photos.app.tokens(photos.session, scope="openid offline_access")
    photos.hear()
    again = photos.app.refresh(tokens["refresh_token"])
    assert again.status_code == 200

    with photos.kit.core.database.writing(photos.session.account_id) as work:
        sign_in.store_password(work, photos.session.account_id, "new")

    assert photos.app.refresh(again.json["refresh_token"]).json["error"] == "invalid_grant"
    assert userinfo(photos.kit, again.json["access_token"]).status_code == 401


def test_a_code_of_a_session_that_ended_opens_nothing(photos: Photos) -> None:
    code = photos.app.code(photos.session)
    photos.hear()

    assert photos.app.exchange(code).json["error"] == "invalid_grant"
