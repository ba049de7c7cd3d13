"""The end of what an account, or everybody, has at one service."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.kit import BOB, Kit
from tests.support.service_endings import ALL, NONE, add_service, come, opens, session_by, told
from trustweb.accounts import token_hash
from trustweb.authentication import sessions
from trustweb.endings import OIDC
from trustweb.models import Service, ServiceCode, ServiceView, SessionView
from trustweb.services import codes, endings, listing


@pytest.fixture
def photos(kit: Kit) -> ServiceView:
    return add_service(kit)


@pytest.fixture
def alice(kit: Kit) -> SessionView:
    return session_by(kit, kit.account().id)


def end(kit: Kit, session: SessionView, service: ServiceView) -> int:
    with kit.core.database.writing(session.account_id) as work:
        return endings.end(work, session.account_id, service.id)


def test_it_ends_both_doors_and_offline_grants(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    there = come(kit, alice, photos)

    assert end(kit, alice, photos) == 3

    assert opens(kit, there) == NONE
    assert told(kit) == [there.sid]
    assert end(kit, alice, photos) == 0


def test_an_offline_grant_that_outlived_its_session_ends(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    there = come(kit, alice, photos)
    with kit.core.database.writing() as work:
        sessions.sign_out(work, alice)

    assert end(kit, alice, photos) == 1

    assert opens(kit, there) == NONE


def test_other_services_and_other_people_stay(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    come(kit, alice, photos)
    elsewhere = come(kit, alice, add_service(kit, "wiki"))
    bob = come(kit, session_by(kit, kit.account(BOB).id), photos)

    end(kit, alice, photos)

    assert opens(kit, elsewhere) == opens(kit, bob) == ALL


def test_a_code_that_is_on_its_way_opens_nothing(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    with kit.core.database.writing() as work:
        code = codes.issue(work, alice, photos, redirect_uri="https://photos.example.com/", scope="openid")

    end(kit, alice, photos)

    with kit.core.database.reading() as work:
        found = select(ServiceCode.id).where(ServiceCode.code_hash == token_hash(code))
        assert work.execute(found).first() is None


def test_the_person_may_come_again(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    before = come(kit, alice, photos)
    end(kit, alice, photos)

    again = come(kit, alice, photos)

    assert opens(kit, again) == ALL
    assert again.sub == before.sub
    assert again.sid != before.sid


def test_a_service_ends_for_everybody(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    people = [come(kit, alice, photos), come(kit, session_by(kit, kit.account(BOB).id), photos)]
    elsewhere = come(kit, alice, add_service(kit, "wiki"))

    with kit.core.database.writing() as work:
        endings.end_service(work, photos.id)

    assert [opens(kit, each) for each in people] == [NONE, NONE]
    assert sorted(told(kit)) == sorted(each.sid for each in people)
    assert opens(kit, elsewhere) == ALL


def test_a_door_that_closes_ends_offline_grants_for_good(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    there = come(kit, alice, photos)

    with kit.core.database.writing() as work:
        endings.end_door(work, photos.id, OIDC)

    assert opens(kit, there) == NONE | {"site": True}
    assert told(kit) == [there.sid]


def test_a_service_without_an_app_is_not_told(kit: Kit, alice: SessionView) -> None:
    service = add_service(kit, oidc=False)
    come(kit, alice, service)

    end(kit, alice, service)

    assert told(kit) == []


def test_a_removed_service_takes_all_along(kit: Kit, alice: SessionView, photos: ServiceView) -> None:
    there = come(kit, alice, photos)
    with kit.core.database.writing() as work:
        work.db.delete(work.db.get_one(Service, photos.id))

    assert opens(kit, there) == NONE
    with kit.core.database.reading() as work:
        assert listing.access_of(work, alice.account_id, photos.id) is None
