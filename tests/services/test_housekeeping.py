"""Housekeeping of what people leave behind at services, which reads no whole table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Column, Table, func, insert, select, text

from tests.support.kit import Kit
from tests.support.service_endings import NONE, There, add_service, come, opens, session_by
from tests.support.statements import executed
from trustweb import endings
from trustweb.authentication import sessions
from trustweb.models import Challenge, ServiceCode, ServiceRequest, ServiceSession, ServiceToken, SignInSession
from trustweb.services import housekeeping

REFER_TO_SESSIONS = [
    (table, column)
    for table in (each.__table__ for each in (ServiceCode, ServiceRequest, ServiceSession))
    for column in table.columns
    if column.references(SignInSession.__table__.c.id)
]


@pytest.fixture
def there(kit: Kit) -> There:
    account = kit.account()
    return come(kit, session_by(kit, account.id), add_service(kit))


def tidy(kit: Kit, **later: float) -> None:
    kit.clock.forward(**later)
    kit.core.sender.tidy()
    with kit.core.database.writing() as work:
        sessions.forget_old(work)
        housekeeping.forget_old(work)


def left(kit: Kit, table: type) -> int:
    with kit.core.database.reading() as work:
        return work.db.scalar(select(func.count()).select_from(table))


def short_lived(kit: Kit, table: type) -> None:
    """Add a row that expires in a minute."""
    with kit.core.database.writing() as work:
        until = {"created_at": work.now, "expires_at": work.now + timedelta(minutes=1)}
        session = work.db.scalar(select(SignInSession))
        at = {"account_id": session.account_id, "service_id": 1, "session_id": session.id}
        rows = {
            ServiceCode: at | {"code_hash": "hash", "family": "family", "kind": "code"},
            ServiceToken: {
                "handle": "handle", "kind": "access", "family": "family", "service_session_id": 1, "scope": "openid",
            },
            ServiceRequest: {"id": "id", "service_id": 1, "kind": "authorize", "values": {}},
        }  # fmt: skip
        work.execute(insert(table), rows[table] | until)


@pytest.mark.parametrize(("table", "hours"), [(ServiceCode, 24), (ServiceToken, 24), (ServiceRequest, 1)])
def test_what_expired_is_forgotten_after_a_while(kit: Kit, there: There, table: type, hours: int) -> None:
    before = left(kit, table)
    short_lived(kit, table)

    tidy(kit, hours=hours)
    assert left(kit, table) == before + 1
    tidy(kit, minutes=2)
    assert left(kit, table) == before


def test_a_session_stays_as_long_as_somebody_is_at_a_service_by_it(kit: Kit, there: There) -> None:
    tidy(kit, days=5)
    assert left(kit, SignInSession) == 1

    with kit.core.database.writing() as work:
        endings.end_all(work, 1)
    tidy(kit, days=5)

    assert left(kit, ServiceSession) == 0
    tidy(kit)
    assert left(kit, SignInSession) == 0


def test_a_session_by_which_there_is_an_offline_grant_stays(kit: Kit, there: There) -> None:
    tidy(kit, days=20)

    assert left(kit, SignInSession) == 1
    with kit.core.database.writing() as work:
        browser = work.execute(select(SignInSession.browser_hash)).scalar_one()
        endings.OF_BROWSER.end(work, account=1, browser=browser, keep=0)
    assert opens(kit, there) == NONE


def test_the_codes_of_a_session_that_stays_are_forgotten(kit: Kit, there: There) -> None:
    with kit.core.database.writing() as work:
        moment = {"started_at": work.now, "next_send_at": work.now, "expires_at": work.now}
        texts = dict.fromkeys(("number", "region", "line", "label", "method", "secret", "purpose"), "")
        work.db.execute(insert(Challenge).values(session_id=1, account_id=1, tries_left=5, **texts, **moment))

    tidy(kit, days=5)

    assert left(kit, SignInSession) == 1
    assert left(kit, Challenge) == 0


def test_no_table_of_services_is_read_whole(kit: Kit, there: There) -> None:
    with executed(kit.core.database) as statements, kit.core.database.writing() as work:
        housekeeping.forget_old(work)

    deletes = [each.sql for each in statements if each.sql.startswith("DELETE")]
    with kit.core.database.reading() as work:
        for sql in deletes:
            plan = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?"))
            assert not [row.detail for row in plan if row.detail.startswith("SCAN")], sql
    assert len(deletes) == 5


@pytest.mark.parametrize(("table", "column"), REFER_TO_SESSIONS, ids=str)
def test_a_deleted_session_finds_what_refers_to_it_by_an_index(kit: Kit, table: Table, column: Column) -> None:
    with kit.core.database.reading() as work:
        plan = work.db.execute(text(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table.name} WHERE {column.name} = 1"))
        steps = [each.detail for each in plan]

    assert all(each.startswith("SEARCH") for each in steps)
