"""The card *Signed In With This Account*: what it lists, and who may leave what."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from tests.support.at_services import add, come, consented, enter, only_when_idle, signed_in_to, stay
from tests.support.http_client import Visitor
from tests.support.kit import BOB, MOBILE, OTHER_MOBILE, Clock, Kit
from tests.support.programs import make_on_page
from tests.support.statements import statements_of
from trustweb.models import Account, Service, ServiceSession, SignInSession

pytestmark = pytest.mark.slow

CARD = "Signed In With This Account"
"""Its title; where it is not, there is no card."""


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, kit: Kit, account: Account) -> Visitor:
    return kit.signed_in(htmx=request.param)


def change(kit: Kit, table: type, **values: object) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(table).values(**values))


def test_without_services_there_is_no_card_and_nothing_is_asked(kit: Kit, alice: Visitor) -> None:
    asked = statements_of(kit, lambda: alice.get("/security"))

    assert CARD not in alice.text
    assert not [each for each in asked if "FROM service" in each and "FROM factor" not in each]


def test_it_says_what_is_used_when_and_from_where(kit: Kit, account: Account, alice: Visitor) -> None:
    signed_in_to(kit, account)
    make_on_page(alice, service="mail")
    with kit.core.database.writing() as work:
        add(work, "mail", program=True)

    alice.get("/security")

    assert "Photos app · last used on March 12, 2026 at 9:00 AM · Firefox, Linux · 203.0.113.7" in alice.text
    assert "Mail 1 program · not used yet" in alice.text


def test_an_app_and_a_site_of_one_service_are_one_row(kit: Kit, account: Account, alice: Visitor) -> None:
    signed_in_to(kit, account)
    signed_in_to(kit, account, door="browser")

    assert "Photos app · site · last used" in alice.get("/security").text
    assert alice.text.count("Photos") == 1


@pytest.mark.parametrize("lives_on", [False, True])
def test_one_that_fell_idle_is_listed_while_its_app_may_go_on(
    kit: Kit, account: Account, alice: Visitor, lives_on: bool
) -> None:
    ended = signed_in_to(kit, account)
    with kit.core.database.writing() as work:
        row = work.db.get_one(ServiceSession, ended)
        only_when_idle(work, row)
        if lives_on:
            stay(work, row)

    assert (CARD in alice.get("/security").text) == lives_on


@pytest.mark.parametrize("gone", [{"session_id": None}, {"expires_at": Clock().now}, {"ended_at": Clock().now}])
def test_what_has_ended_is_not_listed(kit: Kit, account: Account, alice: Visitor, gone: dict[str, object]) -> None:
    signed_in_to(kit, account)
    change(kit, ServiceSession, **gone)

    assert CARD not in alice.get("/security").text


def test_it_says_what_an_app_may_read(kit: Kit, account: Account, alice: Visitor) -> None:
    consented(kit, account, "openid profile email groups offline_access")

    alice.get("/security").submit("Manage services")

    assert "May read: your name · your e-mail address · your groups · also while you are away" in alice.text


def test_a_consent_alone_is_listed_and_reads_nothing(kit: Kit, account: Account, alice: Visitor) -> None:
    consented(kit, account, "openid")

    alice.get("/security/services")

    assert "Photos not signed in now May read: nothing; it only recognises you" in alice.text


@pytest.mark.parametrize("act", ["sign-out", "withdraw", "revoke-passwords", "heard", "explode"])
def test_another_accounts_service_is_as_unknown_as_a_random_one(
    kit: Kit, account: Account, alice: Visitor, act: str
) -> None:
    bob = kit.account(BOB, numbers=(OTHER_MOBILE,))
    kit.signed_in(BOB, number=OTHER_MOBILE)
    row = signed_in_to(kit, bob)

    answers = [alice.get(f"/security/services/{each}/{act}").status for each in ("photos", "nothing")]
    alice.get("/security").post(f"/security/services/photos/{act}")

    assert [*answers, alice.status] == [404, 404, 404]
    with kit.core.database.reading() as work:
        assert work.db.get_one(ServiceSession, row).ended_at is None


def test_a_hostile_name_is_inert(kit: Kit, account: Account, alice: Visitor) -> None:
    title = '"><script>alert(1)</script>&lt;b&gt;'
    signed_in_to(kit, account, title=title, name="photos")
    change(kit, ServiceSession, browser_name="<img src=x onerror=alert(2)>")

    alice.get("/security/services").submit(f"Sign out of {title}")
    body = alice.body + alice.get("/security").body

    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert f"{title} app" in alice.text


def test_the_name_of_the_operator_is_shown_and_a_common_one_is_translated(
    kit: Kit, account: Account, alice: Visitor
) -> None:
    with kit.core.database.writing() as work:
        for name, title in (("calendar", ""), ("wiki", "Our Wiki")):
            service = add(work, name, title=title, browser=True)
            come(work, account.id, service)
            session = work.db.scalars(select(SignInSession.id)).one()
            enter(work, account.id, service, "browser", session_id=session)

    alice.get("/security")

    assert "C Calendar site" in alice.text
    assert "O Our Wiki site" in alice.text


def test_of_two_uses_the_newest_is_shown(kit: Kit, account: Account, alice: Visitor) -> None:
    signed_in_to(kit, account)
    kit.clock.forward(minutes=30)
    signed_in_to(kit, account, door="browser")
    change(kit, Service, title="Photos")

    assert "last used on March 12, 2026 at 9:30 AM" in alice.get("/security").text
