"""ID tokens and the keys that sign them, over HTTP (rules D1, D5, D6)."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.support.kit import BOB, Kit
from tests.support.openid import JWKS, App, alice, give_app, open_session, said, web
from trustweb.models import ServiceAccess, SessionView, SigningKey
from trustweb.services import signing_keys


@pytest.fixture
def app(kit: Kit) -> App:
    return give_app(kit)


@pytest.fixture
def session(kit: Kit) -> SessionView:
    return alice(kit)[1]


def kid(app: App, session: SessionView) -> str:
    """The key that signs now, with which an app can check the token."""
    token = app.tokens(session)["id_token"]
    assert app.claims(token)
    return str(jwt.get_unverified_header(token)["kid"])


def published(kit: Kit) -> list[str]:
    return [each["kid"] for each in web(kit, JWKS).json["keys"]]


def test_d1_a_code_without_nonce_gives_none(app: App, session: SessionView) -> None:
    assert "nonce" not in app.claims(app.tokens(session, nonce="")["id_token"])


def test_d1_the_times_are_the_machine_s_own(kit: Kit, app: App, session: SessionView) -> None:
    kit.clock.set(seconds=-20)

    assert app.claims(app.tokens(session)["id_token"])["iat"] == int(kit.clock.now.timestamp())


@pytest.mark.parametrize("seconds", [-31, -4000])
def test_d1_while_the_clock_is_wrong_nothing_is_signed_and_the_code_stays_good(
    kit: Kit, app: App, session: SessionView, seconds: int, logged: list[str]
) -> None:
    code = app.code(session)
    kit.clock.set(seconds=seconds)
    answer = app.exchange(code)
    kit.clock.set(seconds=-seconds)

    assert said(answer) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert sum("the clock is wrong" in line for line in logged) == 1
    assert app.exchange(code).status_code == 200


def test_d5_a_person_has_one_id_at_a_service_and_another_one_at_the_next(kit: Kit, app: App, session: Any) -> None:
    wiki, his = give_app(kit, "wiki"), open_session(kit, kit.account(BOB))
    again = open_session(kit, kit.account("unused@example.com"))

    subs = [each.claims(each.tokens(who)["id_token"])["sub"] for each in (app, wiki) for who in (session, his, again)]

    assert len(set(subs)) == 6
    assert app.claims(app.tokens(session)["id_token"])["sub"] == subs[0]


def test_d5_whoever_comes_back_after_the_access_was_deleted_is_somebody_new(kit: Kit, app: App, session: Any) -> None:
    before = app.claims(app.tokens(session)["id_token"])["sub"]
    with kit.core.database.writing() as work:
        work.db.execute(ServiceAccess.__table__.delete())

    assert app.claims(app.tokens(session)["id_token"])["sub"] != before


def test_d6_a_new_key_is_published_at_once_and_signs_from_a_day_later(kit: Kit, app: App, session: Any) -> None:
    old = kid(app, session)
    new = signing_keys.rotate(kit.core.database)

    assert published(kit) == [new, old]
    assert kid(app, session) == old
    kit.clock.forward(days=1)
    assert kid(app, open_session(kit, kit.account(BOB))) == new


def test_d6_the_old_key_is_published_until_its_last_token_has_ended(kit: Kit, app: App, session: Any) -> None:
    old, new = kid(app, session), signing_keys.rotate(kit.core.database)
    kit.clock.forward(days=1, minutes=59)
    during = published(kit)
    kit.clock.forward(minutes=1)

    assert (during, published(kit)) == ([new, old], [new])


def test_d6_a_key_that_is_known_to_others_is_replaced_at_once(kit: Kit, app: App, session: Any) -> None:
    kid(app, session)
    waiting = signing_keys.rotate(kit.core.database)
    now = signing_keys.rotate(kit.core.database, at_once=True)
    kit.clock.forward(days=2)

    assert waiting != kid(app, open_session(kit, kit.account(BOB))) == now


def test_a_first_key_signs_at_once_also_when_the_operator_makes_it(kit: Kit, app: App, session: Any) -> None:
    made = signing_keys.rotate(kit.core.database)

    assert kid(app, session) == made


def test_where_all_keys_are_of_a_future_that_never_came_a_new_one_is_made(kit: Kit, app: App, session: Any) -> None:
    early = signing_keys.rotate(kit.core.database)
    with kit.core.database.writing() as work:
        work.db.query(SigningKey).update({"signs_from": work.now.replace(year=2030)})

    assert kid(app, session) != early


def test_the_private_half_opens_with_the_key_ring_only(kit: Kit, app: App, session: Any) -> None:
    kid(app, session)
    with kit.core.database.reading() as work:
        sealed = work.db.query(SigningKey).one().sealed

    assert sealed.partition(":")[0] in kit.core.keys.ids
    with pytest.raises(ValueError):
        kit.core.keys.open("another use", sealed)
