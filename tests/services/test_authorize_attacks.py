"""Attacks on the way to an app: in the wrong order, at once, from another browser, with hostile words."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from tests.support.browser_door import client_of, go
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.racers import HERE, race
from tests.support.relying_party import CALLBACK, App, add_service, prove
from trustweb.models import ServiceAccess, ServiceCode

pytestmark = pytest.mark.slow

HOSTILE = "\"'><script>alert(1)</script>{{7*7}}\r\nSet-Cookie: a=b"


@pytest.fixture
def alice(kit: Kit) -> Kit:
    kit.account(ALICE, numbers=(MOBILE,))
    return kit


def codes(kit: Kit) -> list[str]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(ServiceCode.kind)))


def consents(kit: Kit) -> list[str]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(ServiceAccess.scopes).where(ServiceAccess.consented_at.is_not(None))))


def way_of(visitor: Visitor) -> str:
    return "/".join(visitor.path.split("/")[:3])


def asks_for_consent(kit: Kit, visitor: Visitor) -> str:
    """Lead somebody to the page that asks for consent, and return the path of the request."""
    add_service(kit, asks_consent=True)
    return way_of(App().send(visitor, scope="openid email"))


@pytest.mark.parametrize("step", ["", "/go", "/consent"])
def test_a_session_with_the_password_alone_gets_no_code(alice: Kit, step: str) -> None:
    add_service(alice)
    visitor = App().send(alice.visitor()).submit("Sign In", account=ALICE, password=PASSWORD)
    way = way_of(visitor)

    visitor.post(way + step) if step == "/consent" else visitor.get(way + step)

    assert visitor.path == f"{way}/sign-in/code"
    assert codes(alice) == consents(alice) == []


@pytest.mark.parametrize("columns", [{"within": 60}, {"needs": "passkey"}, {"groups": ["staff"]}], ids=str)
def test_nobody_consents_before_they_may_come_in(alice: Kit, columns: dict) -> None:
    visitor = alice.signed_in()
    alice.clock.forward(minutes=5)
    add_service(alice, asks_consent=True, **columns)
    way = way_of(App().send(visitor))

    visitor.post(f"{way}/consent")

    assert consents(alice) == codes(alice) == []


@pytest.mark.parametrize("step", ["consent", "cancel"])
def test_nobody_presses_a_button_on_the_way_of_another_browser(alice: Kit, step: str) -> None:
    visitor = alice.signed_in()
    way = asks_for_consent(alice, visitor)
    eve = alice.signed_in()

    eve.post(f"{way}/{step}")

    assert (eve.status, consents(alice)) == (410, [])
    assert "Go on to Photos?" in visitor.get(way).text


@pytest.mark.parametrize("paths", [("/go",), ("/consent",), ("/cancel",), ("/go", "/consent", "/cancel")], ids=str)
def test_of_sixty_four_at_once_all_hear_the_same(racing: Kit, paths: tuple[str, ...]) -> None:
    racing.account(numbers=(MOBILE,))
    visitor = racing.signed_in()
    way = asks_for_consent(racing, visitor)

    answers = race(racing, visitor, [way + paths[each % len(paths)] for each in range(63)])
    told = [each.headers.get("Location", "") for each in [*answers, go(client_of(visitor), f"{HERE}{way}/go")]]

    assert {each.status_code for each in answers} <= {303, 410}
    left = Counter("code=" in each for each in told if each.startswith(CALLBACK))
    assert len(left) <= 1
    assert len({each for each in told if "code=" in each}) == len(codes(racing)) == left[True]


def test_a_way_that_ended_ten_seconds_ago_stays_ended_however_often_it_is_gone(alice: Kit) -> None:
    visitor = alice.signed_in()
    way = asks_for_consent(alice, visitor)
    visitor.submit("Allow").get(f"{way}/go")
    statuses = []
    for _ in range(3):
        alice.clock.forward(seconds=6)
        statuses.append(go(client_of(visitor), f"{HERE}{way}/go").status_code)

    assert statuses == [303, 410, 410]


def posted(kit: Kit, **other: str) -> str:
    """A request that somebody posted without a browser, as an attacker may: the path of its pages."""
    answer = kit.app.test_client().post("/authorize", base_url=HERE, data=App().parameters(**other))
    return answer.headers["Location"]


def test_a_way_that_somebody_else_posted_leads_to_the_registered_address_with_their_state(alice: Kit) -> None:
    add_service(alice)
    app, visitor = App(state="eves"), alice.signed_in()
    visitor.elsewhere.add("https://photos.example")
    way = posted(alice, state="eves")

    told = app.told(visitor.get(way))

    assert told["state"] == "eves"  # which the app compares with its own cookie: it is of no use to anybody
    assert alice.visitor().get(f"{way}/go").status == 410


def test_whoever_opens_it_first_has_it(alice: Kit) -> None:
    add_service(alice)
    way = posted(alice)
    eve = alice.visitor().get(way)

    assert eve.path == f"{way}/sign-in"
    assert alice.signed_in().get(way).status == 410


def test_no_words_of_an_app_become_markup(alice: Kit) -> None:
    add_service(alice, title=HOSTILE, asks_consent=True)
    visitor = App().send(alice.visitor(), state=HOSTILE, login_hint=HOSTILE, ui_locales=HOSTILE)
    pages = [visitor.body]
    for act in (lambda: visitor.submit("Sign In", account=ALICE, password=PASSWORD), lambda: prove(alice, visitor)):
        act()
        pages.append(visitor.body)

    assert "Go on to" in visitor.text
    assert [each for each in pages if "<script>alert" in each or "49" in each or 'value=""\'>' in each] == []


@pytest.mark.parametrize("step", ["", "/go", "/consent", "/cancel"])
@pytest.mark.parametrize("way", ["x", "x" * 44, "===", "%00", "%ed%a0%80", "x" * 42 + "."])
def test_what_can_be_no_way_is_over(alice: Kit, way: str, step: str) -> None:
    visitor = alice.signed_in()

    assert visitor.get(f"/authorize/{way}{step}").status == 410
    assert visitor.post(f"/authorize/{way}{step}").status in {405, 410}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("step", ["", "/consent", "/cancel"])
def test_no_other_method_does_anything(alice: Kit, method: str, step: str) -> None:
    visitor = alice.signed_in()
    way = asks_for_consent(alice, visitor)

    go(client_of(visitor), HERE + way + step, method=method)

    assert codes(alice) == consents(alice) == []
    assert "Go on to Photos?" in visitor.get(way).text


@pytest.mark.parametrize("size", [9_000, 70_000, 5_000_000])
def test_a_huge_body_is_refused(alice: Kit, size: int) -> None:
    add_service(alice)
    data = App().parameters(state="x" * size)

    answer = alice.app.test_client().post("/authorize", base_url=HERE, data=data)

    assert answer.status_code in {400, 413}
    assert "Location" not in answer.headers
