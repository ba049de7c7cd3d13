"""A person who removes the number that proved their session goes on in it, to services too."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.browser_door import ask, client_of, let_in, site
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, OTHER_MOBILE, Kit
from tests.support.openid import App, give_app, userinfo
from tests.support.trusted_numbers import MASKED_MOBILE, remove_number
from trustweb.models import Factor, ServiceSession, SessionView, SignInSession, columns

pytestmark = pytest.mark.slow


@pytest.fixture
def browser(kit: Kit) -> Visitor:
    """Alice's browser: the number that proved it is removed there, and she has another one."""
    kit.account(numbers=(MOBILE, OTHER_MOBILE))
    browser = kit.signed_in()
    remove_number(browser, MASKED_MOBILE)
    kit.clock.forward(seconds=1)
    with kit.core.database.reading() as work:
        session = work.db.scalars(select(SignInSession)).one()
        assert session.ended_at is None
        assert work.db.get_one(Factor, session.proved_by).removed_at is not None
    return browser


def _session(kit: Kit) -> SessionView:
    with kit.core.database.reading() as work:
        return SessionView(*work.execute(select(*columns(SessionView, SignInSession))).one())


def _provers(kit: Kit) -> list[tuple[bool, int | None]]:
    with kit.core.database.reading() as work:
        found = work.execute(select(ServiceSession.by_factor, ServiceSession.proved_by))
        return [tuple(each) for each in found]


def test_a_site_lets_them_in(kit: Kit, browser: Visitor) -> None:
    site(kit)

    cookie = let_in(kit, client_of(browser))

    assert ask(kit, cookie).status_code == 200
    assert _provers(kit) == [(False, None)]


@pytest.fixture
def app(kit: Kit) -> App:
    return give_app(kit)


def test_an_app_gets_tokens(kit: Kit, browser: Visitor, app: App) -> None:
    tokens = app.tokens(_session(kit))

    assert userinfo(kit, tokens["access_token"]).status_code == 200


def test_what_another_factor_has_proved_ends_with_that_one(kit: Kit, browser: Visitor, app: App) -> None:
    with kit.core.database.writing() as work:
        other = work.db.scalars(select(Factor).where(Factor.removed_at.is_(None))).one()
        work.db.scalars(select(SignInSession)).one().proved_by = other.id

    app.tokens(_session(kit))

    assert _provers(kit) == [(True, other.id)]
