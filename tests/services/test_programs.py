"""The program door: a service's row says whether it is there, for whom, and by which name the account is known."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.programs import ask, give
from tests.support.statements import executed
from trustweb.models import Account, AccountGroup, Limit, Service, ServiceAccess
from trustweb.services import programs


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


@pytest.fixture
def secret(kit: Kit, account: Account) -> str:
    return give(kit, account)


def change(kit: Kit, **values: object) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(Service).where(Service.name == "mail").values(**values))


def join(kit: Kit, account: Account, group: str) -> None:
    with kit.core.database.writing() as work:
        work.db.add(AccountGroup(account_id=account.id, name=group))


def subs(kit: Kit) -> list[str]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(ServiceAccess.sub).order_by(ServiceAccess.id)))


def test_a_service_without_the_door_is_404_at_the_next_request(kit: Kit, secret: str) -> None:
    before = ask(kit, secret).status_code
    change(kit, program=False)

    assert (before, ask(kit, secret).status_code, ask(kit, "", Authorization="").status_code) == (200, 404, 404)


def test_a_service_that_is_added_is_there_at_the_next_request(kit: Kit, account: Account) -> None:
    before = ask(kit, "wrong", service="wiki").status_code
    with kit.core.database.writing() as work:
        work.db.add(Service(name="wiki", created_at=work.now, program=True, user_is="name"))

    secret = give(kit, account, "wiki")

    assert (before, ask(kit, secret, service="wiki").status_code) == (404, 200)


@pytest.mark.parametrize("name", ["%00", "%ff", "mail%00", "m" * 33, "ma'il", "mail,calendar"])
def test_what_can_be_no_services_name_is_404(racing: Kit, name: str) -> None:
    assert ask(racing, "wrong", service=name).status_code == 404


def test_only_members_of_its_groups_come_in_and_nobody_is_counted_as_a_guesser(kit: Kit, account: Account) -> None:
    change(kit, groups=["family", "work"])
    secret = give(kit, account)
    before = ask(kit, secret).status_code
    join(kit, account, "work")

    assert (before, ask(kit, secret).status_code, ask(kit, "wrong").status_code) == (403, 200, 401)
    with kit.core.database.reading() as work:
        assert {each.hits for each in work.db.query(Limit)} == {1}


def test_who_leaves_the_group_is_out_at_the_next_request(kit: Kit, account: Account, secret: str) -> None:
    change(kit, groups=["work"])
    join(kit, account, "work")
    before = ask(kit, secret).status_code
    with kit.core.database.writing() as work:
        work.db.execute(delete(AccountGroup))

    assert (before, ask(kit, secret).status_code) == (200, 403)


def test_by_id_the_service_hears_the_accounts_own_random_one(racing: Kit) -> None:
    change(racing, user_is="id")
    people = [racing.account(ALICE, numbers=(MOBILE,)), racing.account(BOB, numbers=(OTHER_MOBILE,))]
    secrets = [give(racing, each, handle=handle * 8) for each, handle in zip(people, "ab", strict=True)]

    heard = [ask(racing, secret, each.name) for secret, each in zip(secrets * 2, people * 2, strict=True)]

    assert [each.headers["Remote-User"] for each in heard] == subs(racing) * 2
    assert [each.headers["Remote-User-Encoded"] for each in heard] == subs(racing) * 2
    assert len(set(subs(racing))) == 2
    assert "example.com" not in str([each.headers for each in heard])


def test_by_name_nothing_is_written_for_it(kit: Kit, secret: str) -> None:
    assert ask(kit, secret).headers["Remote-User"] == ALICE
    assert subs(kit) == []


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_right_one_costs_one_query_whatever_the_service_hears(kit: Kit, secret: str, by: str) -> None:
    change(kit, user_is=by)
    ask(kit, secret)

    with executed(kit.core.database) as statements:
        ask(kit, secret)

    assert len(statements) == 1


def test_the_page_offers_only_what_is_for_programs_and_for_this_account(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        for name, values in {"wiki": {"title": "Our Wiki"}, "team": {"groups": ["team"]}}.items():
            work.db.add(Service(name=name, created_at=work.now, program=True, **values))
        work.db.add(Service(name="photos", created_at=work.now, browser=True))

    page = kit.signed_in().get("/security/app-passwords/new")

    assert re.findall(r"<option value=.(.+?).>(.+?)<", page.body) == [
        ("calendar", "Calendar"),
        ("mail", "Mail"),
        ("wiki", "Our Wiki"),
    ]
    page.post("/security/app-passwords/new", name="x", service="team", once="y")
    assert page.status == 404


def test_without_any_the_page_says_so(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(delete(Service))

    page = kit.signed_in().get("/security/app-passwords/new")

    assert "Nothing here is for programs yet." in page.text
    assert "Create" not in page.buttons


def test_the_start_names_those_of_the_setting_that_are_not_there(
    make_kit: Callable[..., Kit], capfd: pytest.CaptureFixture[str]
) -> None:
    make_kit(TRUSTWEB_SERVICES="mail,wiki,door")

    said = capfd.readouterr().err

    assert said.count("TRUSTWEB_SERVICES") == 1
    assert "not there: wiki, door; `trustweb service add wiki --program`" in said


def test_the_start_says_nothing_of_those_that_nobody_named(kit: Kit, capfd: pytest.CaptureFixture[str]) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(delete(Service))
        programs.warn_of_missing(work)

    assert "TRUSTWEB_SERVICES" not in capfd.readouterr().err
