"""The one migration of the first release: it makes what fourteen before it made, and refuses what they left undone."""

from __future__ import annotations

import json
import socket
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, TextClause, inspect, text

from tests.support.paths import DOCS, ROOT
from tests.support.services import DATABASES
from trustweb import cli, config, create_app, engines, keys, private_files, schema
from trustweb.config import Config, ConfigError

DATA = Path(__file__).parent / "data"
TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": """SELECT tgname, tgenabled, pg_get_triggerdef(t.oid), pg_get_functiondef(tgfoid)
        FROM pg_trigger t WHERE NOT tgisinternal ORDER BY tgname""",
}
# Each opens the database in its own way.
COMMANDS = [
    ("db", "upgrade"), ("serve",), ("account", "list"), ("account", "recover", "alice@example.com"),
    ("journal", "verify"), ("db", "believe-clock"), ("db", "forget-key", "one"),
]  # fmt: skip


@pytest.fixture(params=DATABASES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Config]:
    """Settings of a site that has keys and an empty database."""

    def make(name: str) -> Config:
        environ = {"TRUSTWEB_INSTANCE": str(tmp_path / name)}
        if request.param == "postgresql":
            environ["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
        settings = config.load(environ)
        settings.instance.mkdir()
        keys.make(settings)
        return settings

    return make


def execute_old_migrations(settings: Config, until: str = "0014") -> None:
    engine = engines.make(settings.database)
    said = (DATA / f"before_0_1_0.{engine.dialect.name}.sql").read_text("utf-8")
    done, _, _ = said.partition(f"UPDATE alembic_version SET version_num='{until}'")
    statements = f"{done}UPDATE alembic_version SET version_num = '{until}';"
    if path := engines.file_of(settings.database):
        private_files.make(path)
    with engine.begin() as connection:
        driver = engines.driver(connection)
        driver.executescript(statements) if engine.dialect.name == "sqlite" else driver.execute(statements)
    engine.dispose()


def in_words(value: object) -> str:
    return str(value) if isinstance(value, TextClause) else repr(value)


def described(settings: Config) -> dict[str, Any]:
    """All that a schema consists of, and how many rows are in it."""
    engine = engines.make(settings.database)
    with engine.connect() as connection:
        found = {name: table(connection, name) for name in inspect(connection).get_table_names()}
        found["triggers"] = [list(map(str, each)) for each in connection.execute(text(TRIGGERS[engine.dialect.name]))]
        if engine.dialect.name == "postgresql":
            found["sequences"] = sorted(inspect(connection).get_sequence_names())
    engine.dispose()
    return json.loads(json.dumps(found, default=in_words))


def table(connection: Connection, name: str) -> dict[str, Any]:
    look = inspect(connection)
    parts = {
        "foreign keys": look.get_foreign_keys(name),
        "unique": look.get_unique_constraints(name),
        "checks": look.get_check_constraints(name),
        "indexes": look.get_indexes(name),
    }
    sorted_parts = {what: sorted(each, key=lambda one: str(one["name"])) for what, each in parts.items()}
    rows = connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
    return {"columns": look.get_columns(name), "key": look.get_pk_constraint(name), "rows": rows, **sorted_parts}


def command(settings: Config, *arguments: str) -> Result:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    return CliRunner().invoke(cli.main, arguments, env=surroundings(settings) | {"PORT": port})


def surroundings(settings: Config) -> dict[str, str]:
    return {"TRUSTWEB_INSTANCE": str(settings.instance), "TRUSTWEB_DATABASE_URL": settings.database}


def test_a_database_of_before_and_a_new_one_are_equal_after_an_upgrade(make: Callable[[str], Config]) -> None:
    old, new = make("old"), make("new")
    execute_old_migrations(old)

    schema.upgrade(old, keys.load(old))
    schema.upgrade(new, keys.load(new))

    assert described(old) == described(new)


CHANGES = [
    "DROP INDEX uq_challenge_live",
    "ALTER TABLE site ADD COLUMN more INTEGER",
    "INSERT INTO seen_receipt VALUES ('one', '2026-03-12 09:00:00')",
    "DROP TABLE used_challenge",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_description_tells_databases_apart(make: Callable[[str], Config], change: str) -> None:
    settings = make("new")
    schema.upgrade(settings, keys.load(settings))
    before = described(settings)

    engine = engines.make(settings.database)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()

    assert len(before["triggers"]) > 1
    assert described(settings) != before


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_database_that_is_too_old_is_refused_in_one_sentence(
    make: Callable[[str], Config], arguments: tuple[str, ...]
) -> None:
    old = make("old")
    execute_old_migrations(old, until="0013")

    refused = command(old, *arguments)

    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "from before version 0.1.0: upgrade it with Trustweb of the commit 30441e288d35" in refused.output


def test_the_site_refuses_it_too(make: Callable[[str], Config]) -> None:
    old = make("old")
    execute_old_migrations(old, until="0001")

    with pytest.raises(ConfigError, match=r"^The database is from before version 0\.1\.0: [^\n]+\.$"):
        create_app(surroundings(old) | {"TRUSTWEB_DEMO": "1"})


def test_an_upgrade_that_is_refused_changes_nothing(make: Callable[[str], Config]) -> None:
    old = make("old")
    execute_old_migrations(old, until="0013")
    before = described(old)

    command(old, "db", "upgrade")

    assert described(old) == before


def test_the_docs_name_the_commit_to_go_by() -> None:
    assert f"git checkout {schema._LAST_OF_THE_OLD_CHAIN}\n" in (DOCS / "deploy" / "from-before-0.1.0.md").read_text(
        "utf-8"
    )


def test_the_version_is_the_one_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert CliRunner().invoke(cli.main, ["--version"]).output == f"trustweb, version {project['version']}\n"
