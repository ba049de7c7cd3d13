"""The site’s files: lost, damaged, on a full disk, or open to others. The operator reads one sentence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.instance_folder import COMMANDS, PLUGINS, WRITING, run, sentence, without_room
from tests.support.paths import ROOT
from tests.support.site import NOT_OURS
from trustweb import private_files

pytestmark = pytest.mark.slow


def cut(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def overwrite(database: Path) -> None:
    database.write_bytes(b"something else" * 1000)


def scribble(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 20)


@pytest.mark.parametrize("damage", [cut, overwrite, scribble])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_damaged_database_is_one_sentence(
    folder: Path, command: tuple[str, ...], damage: Callable[[Path], None]
) -> None:
    damage(folder / "trustweb.db")

    assert "The database cannot be used: " in sentence(run(folder, *command))


@pytest.mark.parametrize("how", ["mode=ro", "immutable=1"])
@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_a_database_that_cannot_be_written_is_one_sentence(folder: Path, command: tuple[str, ...], how: str) -> None:
    url = f"sqlite:///file:{folder / 'trustweb.db'}?{how}&uri=true"

    assert "readonly" in sentence(run(folder, *command, TRUSTWEB_DATABASE_URL=url))


@pytest.mark.parametrize("command", [("serve",), ("account", "list"), ("journal", "verify")], ids=" ".join)
def test_a_full_disk_is_one_sentence(folder: Path, command: tuple[str, ...]) -> None:
    said = without_room(folder, *command)

    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (1, "", 1), said.stderr
    assert said.stderr.startswith("Error: The database cannot be used: ")


def test_a_copy_that_finds_no_room_leaves_none(folder: Path, tmp_path: Path) -> None:
    said = without_room(folder, "db", "backup", str(tmp_path / "copy.db"))

    assert (said.returncode, said.stderr.count("\n")) == (1, 1), said.stderr
    assert not (tmp_path / "copy.db").exists()


def test_a_config_that_cannot_be_read_is_one_sentence(folder: Path) -> None:
    (folder / "config.toml").mkdir()

    for command in COMMANDS:
        assert "config.toml cannot be read: Is a directory." in sentence(run(folder, *command))


def test_an_instance_that_is_no_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")

    for command in COMMANDS:
        assert sentence(run(tmp_path / "site", *command)).endswith(".\n")


def test_a_database_of_a_newer_program_is_one_sentence(folder: Path) -> None:
    by_hand(folder, "UPDATE alembic_version SET version_num = '9999'")

    for command in COMMANDS:
        assert "forget-key" in command or "a newer Trustweb" in sentence(run(folder, *command))


def by_hand(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "trustweb.db") as connection:
        connection.execute(statement)


@pytest.mark.parametrize("damage", [cut, overwrite, Path.unlink])
def test_a_wsgi_server_says_it_in_one_sentence_and_does_not_try_again(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    damage(folder / "trustweb.db")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    environ = clean | PLUGINS | {"TRUSTWEB_INSTANCE": str(folder)}

    said = subprocess.run(
        [sys.executable, "-c", "import wsgi"], capture_output=True, text=True, check=False, env=environ, cwd=ROOT
    )

    assert (said.returncode, said.stderr.count("\n"), said.stderr[:10]) == (3, 1, "trustweb: "), said.stderr


@pytest.mark.parametrize("name", ["a b", "100%20", "what?", "#1", "müll", "a:b", "x&mode=ro"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    assert run(tmp_path / name, "db", "upgrade").exit_code == 0

    assert run(tmp_path / name, "account", "invite").exit_code == 0
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "trustweb.db").stat().st_size


# Lost


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_serve_begins_no_new_site_in_the_place_of_one_that_was_lost(folder: Path, left: str) -> None:
    database = folder / "trustweb.db"
    database.unlink()
    if left == "an empty file":
        private_files.make(database)

    said = sentence(run(folder, "serve"))

    assert "There are keys, but there is no site in the database" in said
    assert "db upgrade`." in said
    assert (database.exists(), database.stat().st_size if database.exists() else 0) == (left != "nothing", 0)


def test_serve_begins_no_new_site_in_an_empty_postgresql(folder: Path, postgres) -> None:
    said = run(folder, "serve", TRUSTWEB_DATABASE_URL=postgres.new_database())

    assert "there is no site in the database" in sentence(said)


def test_keys_from_the_environment_are_keys_too(tmp_path: Path) -> None:
    said = run(tmp_path / "site", "serve", TRUSTWEB_KEYS=f"a:{'A' * 43}=")

    assert "there is no site in the database" in sentence(said)


def test_whoever_wants_a_new_site_says_so(folder: Path) -> None:
    (folder / "trustweb.db").unlink()

    assert run(folder, "db", "upgrade").exit_code == 0
    assert run(folder, "account", "list").exit_code == 0


@pytest.mark.parametrize("command", ["worker", "account list", "db forget-key a"])
def test_nobody_else_makes_a_database(folder: Path, command: str) -> None:
    (folder / "trustweb.db").unlink()

    said = sentence(run(folder, *command.split()))

    assert command.startswith("db") or f"There is no database at {folder / 'trustweb.db'}: bring it back" in said
    assert not (folder / "trustweb.db").exists()


@pytest.mark.parametrize("command", ["serve", "db upgrade"])
def test_a_database_without_its_keys_gets_no_others(folder: Path, command: str) -> None:
    used = (folder / "keys").read_text().partition(":")[0]
    (folder / "keys").unlink()

    assert f"The database uses key {used}, and there are no keys at " in sentence(run(folder, *command.split()))
    assert not (folder / "keys").exists()
