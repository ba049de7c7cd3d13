"""A door that is closed, and a service that is removed, end what people have there, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.programs import ask, give
from trustweb.models import Account, AccountGroup, Service, ServiceAccess, ServiceSession, ServiceToken
from trustweb.services import administration, definitions

CALLBACK = {"oidc": True, "redirect-uri": "https://photos.example.com/callback"}
SITE = {"browser": True, "origin": "https://photos.example.com"}


def put(kit: Kit, values: dict[str, object], name: str = "photos") -> None:
    with kit.core.database.writing() as work:
        administration.put(work, definitions.read(name, values, work.config))


def enter(kit: Kit, account: Account, door: str) -> None:
    """Be in, by a door, with a token."""
    with kit.core.database.writing() as work:
        service = work.db.scalars(select(Service).where(Service.name == "photos")).one()
        sid, life = f"{account.id}-{door}", work.now + timedelta(hours=1)
        session = ServiceSession(
            sid=sid, account_id=account.id, service_id=service.id, door=door, started_at=work.now, expires_at=life,
            last_seen_at=work.now, auth_time=work.now, acr="password", amr="pwd",
        )  # fmt: skip
        work.db.add(session)
        work.db.flush()
        work.db.add(
            ServiceToken(
                handle=sid, kind="access", family=sid, service_session_id=session.id, scope="openid",
                created_at=work.now, expires_at=life,
            )
        )  # fmt: skip


def live(kit: Kit) -> list[str]:
    with kit.core.database.reading() as work:
        rows = select(ServiceSession.door).where(ServiceSession.ended_at.is_(None)).order_by(ServiceSession.id)
        return list(work.db.scalars(rows))


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (CALLBACK, ["oidc"]), (SITE, ["browser"]), (CALLBACK | SITE, ["oidc", "browser"]),
        (CALLBACK | SITE | {"origin": "https://other.example.com"}, ["oidc"]), ({"program": True}, []),
    ],
)  # fmt: skip
def test_a_door_that_is_closed_ends_the_sessions_behind_it(
    racing: Kit, after: dict[str, object], left: list[str]
) -> None:
    put(racing, CALLBACK | SITE)
    account = racing.account()
    for door in ("oidc", "browser"):
        enter(racing, account, door)

    put(racing, after)

    assert live(racing) == left


def test_what_is_removed_leaves_nothing_behind(racing: Kit) -> None:
    put(racing, CALLBACK | SITE)
    for name in (ALICE, BOB):
        enter(racing, racing.account(name), "oidc")
    with racing.core.database.writing() as work:
        use = administration.use_of(work, "photos")
        administration.remove(work, "photos")

    assert use == administration.Use(people=2, app_passwords=0)
    with racing.core.database.reading() as work:
        left = [work.db.query(each).count() for each in (ServiceSession, ServiceToken, ServiceAccess)]
    assert left == [0, 0, 0]


def test_passwords_of_several_accounts_end_with_the_door(racing: Kit) -> None:
    put(racing, {"program": True}, "mail")
    people = [racing.account(ALICE, numbers=(MOBILE,)), racing.account(BOB, numbers=(OTHER_MOBILE,))]
    secrets = [give(racing, each, handle=handle * 8) for each, handle in zip(people, "ab", strict=True)]

    put(racing, SITE, "mail")
    put(racing, {"program": True}, "mail")

    assert [ask(racing, secret, each.name).status_code for secret, each in zip(secrets, people, strict=True)] == [
        401
    ] * 2


def test_groups_are_read_on_both_databases(racing: Kit) -> None:
    put(racing, {"program": True, "group": ["family", "work"]}, "mail")
    account = racing.account(numbers=(MOBILE,))
    secret = give(racing, account)
    before = ask(racing, secret).status_code
    with racing.core.database.writing() as work:
        work.db.add(AccountGroup(account_id=account.id, name="work"))

    assert (before, ask(racing, secret).status_code) == (403, 200)
