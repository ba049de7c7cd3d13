"""Rows and objects in one transaction, and the modules that a process imports."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing, suppress

from sqlalchemy import select

from tests.support.kit import Kit
from trustweb.codes import limits
from trustweb.codes.limits import TooOften
from trustweb.database import Database
from trustweb.models import Account, Limit


def test_a_savepoint_undoes_rows_and_objects_alike(kit: Kit) -> None:
    account = kit.account()
    with kit.core.database.writing() as work:
        with suppress(TooOften), work.savepoint():
            work.db.get_one(Account, account.id).name = "undone"
            for _ in range(2):
                limits.hit(work, "test", "", ((1, 60),))
        work.db.expire_all()
        assert work.db.get_one(Account, account.id).name == account.name

    with kit.core.database.reading() as work:
        assert work.execute(select(Limit.hits)).all() == []


def test_a_web_process_does_not_load_what_it_has_no_use_for(kit: Kit) -> None:
    unused = {"alembic", "psycopg", "redis", "vonage", "webauthn", "zxcvbn"}
    command = f"import sys, trustweb.wsgi; print(*{unused} & set(sys.modules))"
    environ = {"TRUSTWEB_INSTANCE": str(kit.core.config.instance), "TRUSTWEB_DEMO": "1"}

    loaded = subprocess.run([sys.executable, "-c", command], env=environ, capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_a_commit_waits_for_the_disk_unless_its_transaction_need_not(kit: Kit) -> None:
    waits = []
    for durable in (True, False, True):
        with kit.core.database.writing(durable=durable) as work:
            waits.append(work.connection.exec_driver_sql("PRAGMA synchronous").scalar())

    assert waits == [2, 1, 2]  # FULL, NORMAL


def test_what_did_not_wait_for_the_disk_is_read_by_others(racing: Kit) -> None:
    with racing.core.database.writing(durable=False) as work:
        limits.hit(work, "test", "", ((1, 60),))

    with racing.core.database.reading() as work:
        assert work.execute(select(Limit.hits)).scalar_one() == 1


def test_whoever_wakes_a_worker_holds_up_no_other_writer(kit: Kit) -> None:
    with closing(Database(kit.core.config, kit.core.keys, kit.clock, kit.clock.monotonic)) as database:

        def wake(_delivery_id: int) -> None:
            with database.writing() as work:  # it would wait for the turn of the one that wakes
                limits.hit(work, "test", "", ((1, 60),))

        database.wake = wake
        with database.writing() as work:
            work.woken.append(77)

    with kit.core.database.reading() as work:
        assert work.execute(select(Limit.hits)).scalar_one() == 1
