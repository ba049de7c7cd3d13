"""Transactions, the clock's high-water mark, the schema, and copies of the database."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from tests.support.asking import Asking
from tests.support.kit import MOBILE, Kit, make_template
from tests.support.paths import RECORDING
from tests.support.services import DATABASES
from trustweb import cli, config, create_app, keys, schema
from trustweb.codes import limits
from trustweb.codes.challenges import CodeExpired
from trustweb.config import ConfigError
from trustweb.database import Database
from trustweb.models import Base, Delivery, Limit
from trustweb.models.base import set_index_conditions
from trustweb.work import Refused, Work

Restart = Callable[[], Database]


class Kept(Refused):
    keeps_changes = True


def note(work: Work) -> None:
    limits.hit(work, "noted", "", ((9, 60),))


def noted(kit: Kit) -> int:
    with kit.core.database.reading() as work:
        return work.db.scalar(select(func.coalesce(func.sum(Limit.hits), 0))) or 0


@pytest.fixture
def restarted(kit: Kit) -> Iterator[Restart]:
    """The same database after a restart, with whatever the clock says then."""
    made: list[Database] = []

    def restart() -> Database:
        made.append(Database(kit.core.config, kit.core.keys, kit.clock, kit.clock.monotonic))
        return made[-1]

    yield restart
    for each in made:
        each.close()


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments, env={"TRUSTWEB_INSTANCE": str(folder)})


def failing(kit: Kit, error: type[BaseException]) -> None:
    with kit.core.database.writing() as work:
        note(work)
        work.woken.append(77)
        raise error


@pytest.mark.parametrize(("error", "kept"), [(Refused, 0), (RuntimeError, 0), (KeyboardInterrupt, 0), (Kept, 1)])
def test_an_error_undoes_a_transaction_unless_it_keeps_changes(racing: Kit, error: type, kept: int) -> None:
    with pytest.raises(error):
        failing(racing, error)

    assert noted(racing) == kept


def test_a_transaction_that_ends_well_stays(racing: Kit) -> None:
    with racing.core.database.writing() as work:
        note(work)
        assert noted(racing) == 0

    assert noted(racing) == 1


def test_a_worker_is_woken_only_for_what_is_safe(kit: Kit) -> None:
    woken: list[tuple[int, bool]] = []
    person = Asking(kit)
    kit.core.database.wake = lambda delivery: woken.append((delivery, delivery in ids(kit)))

    with pytest.raises(Refused):
        failing(kit, Refused)
    person.send()

    assert woken == [(ids(kit)[0], True)]


def ids(kit: Kit) -> list[int]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(Delivery.id)))


def test_a_clock_set_back_is_not_believed(kit: Kit) -> None:
    latest = kit.core.database.now()
    kit.clock.forward(hours=-5)

    assert kit.core.database.now() == latest
    with kit.core.database.writing() as work:
        assert work.now == latest


def test_a_clock_set_back_is_not_believed_after_a_restart_either(kit: Kit, restarted: Restart) -> None:
    kit.clock.forward(hours=3)
    with restarted().writing() as work:
        latest = work.now
    kit.clock.forward(hours=-8)

    other = restarted()

    assert other.now() == latest
    with other.writing() as work:
        assert work.now == latest


def test_a_refused_transaction_does_not_hide_the_time_of_the_next_one(kit: Kit, restarted: Restart) -> None:
    database = restarted()
    kit.clock.forward(hours=3)
    with pytest.raises(Refused), database.writing():
        raise Refused
    kit.clock.forward(seconds=30)
    with database.writing() as work:
        latest = work.now

    kit.clock.forward(hours=-8)

    assert restarted().now() >= latest - timedelta(minutes=1)


def test_a_clock_set_back_opens_no_code_that_was_too_old(kit: Kit, restarted: Restart) -> None:
    person = Asking(kit)
    person.database = restarted()
    person.send()
    code = person.code
    kit.clock.forward(minutes=11)
    with person.database.writing() as work:
        note(work)
    kit.clock.forward(minutes=-10)
    assert person.outcome(code) is CodeExpired

    person.database = restarted()

    assert person.outcome(code) is CodeExpired


def test_a_moment_without_a_zone_is_not_stored(kit: Kit) -> None:
    with pytest.raises(Exception, match="time zone"), kit.core.database.writing() as work:
        work.db.add(Limit(name="a", subject="", span=1, hits=1, resets_at=kit.clock.now.replace(tzinfo=None)))


def test_the_migrations_make_what_the_models_say(racing: Kit) -> None:
    with racing.core.database.engine.connect() as connection:
        set_index_conditions(connection.dialect.name)
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == schema.newest_revision()


@pytest.mark.parametrize("state", ["no file", "no tables", "an old one", "no database"])
def test_a_schema_that_is_not_current_stops_the_start(tmp_path: Path, state: str) -> None:
    environ = {"TRUSTWEB_INSTANCE": str(tmp_path), "TRUSTWEB_PLUGINS": str(RECORDING)}
    keys.make(config.load(environ))
    if state == "an old one":
        make_template(tmp_path)
        with sqlite3.connect(tmp_path / "trustweb.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0014'")
    elif state != "no file":
        (tmp_path / "trustweb.db").write_bytes(b"" if state == "no tables" else b"something else" * 100)

    with pytest.raises(ConfigError, match=r"^[^\n]+[.:][^\n]*$"):
        create_app(environ)


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    first = run(tmp_path / "new", "db", "upgrade")
    before = list(sqlite3.connect(tmp_path / "new" / "trustweb.db").iterdump())
    ring = (tmp_path / "new" / "keys").read_text()

    second = run(tmp_path / "new", "db", "upgrade")

    assert (first.exit_code, second.exit_code, second.output) == (0, 0, "")
    assert list(sqlite3.connect(tmp_path / "new" / "trustweb.db").iterdump()) == before
    assert (tmp_path / "new" / "keys").read_text() == ring
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", DATABASES)
def test_two_who_upgrade_at_once_make_one_database(tmp_path: Path, kind: str, request) -> None:
    environ = {"TRUSTWEB_INSTANCE": str(tmp_path / "new"), "PATH": "/usr/bin"}
    if kind == "postgresql":
        environ["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    command = [sys.executable, "-m", "trustweb.cli", "db", "upgrade"]
    both = [subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(2)]

    said = [each.communicate(timeout=60)[1] for each in both]

    assert [each.returncode for each in both] == [0, 0], said
    database = Database(config.load(environ), keys.load(config.load(environ)))
    schema.check(database.engine, database.keys)
    database.close()


def test_a_backup_holds_what_is_committed_and_nothing_else(kit: Kit, tmp_path: Path) -> None:
    kit.account(numbers=(MOBILE,))
    with kit.core.database.writing() as work:
        note(work)
        made = run(kit.core.config.instance, "db", "backup", str(tmp_path / "copy.db"))

    assert (made.exit_code, made.output) == (0, "")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        counts = [
            copy.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("trusted_number", "rate_limit")
        ]
    assert counts == [1, 0]


def test_a_backup_replaces_nothing(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("yesterday's")

    refused = run(kit.core.config.instance, "db", "backup", str(tmp_path / "copy.db"))

    assert (refused.exit_code, "copy.db" in refused.output) == (1, True)
    assert (tmp_path / "copy.db").read_text() == "yesterday's"


def test_a_backup_of_nothing_is_refused(tmp_path: Path) -> None:
    refused = run(tmp_path / "empty", "db", "backup", str(tmp_path / "copy.db"))

    assert refused.exit_code == 1
    assert not (tmp_path / "copy.db").exists()
