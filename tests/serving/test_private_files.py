"""The files that the site makes are private, and every command refuses files that are open to others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.instance_folder import COMMANDS, PLUGINS, run, sentence
from tests.support.journal_kit import note
from tests.support.kit import Kit
from trustweb import config, create_app, keys
from trustweb.config import ConfigError


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir() if each.is_file()}


def test_nobody_else_may_open_what_is_made(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = run(tmp_path / "site", "db", "upgrade")
    finally:
        os.umask(before)

    assert made.exit_code == 0
    assert modes(tmp_path / "site") == dict.fromkeys(
        ("compiled-templates", "keys", "trustweb.db", "upgrade.lock"), 0o600
    )


def test_nobody_else_may_open_what_a_running_site_writes(kit: Kit) -> None:
    note(kit, kit.account())

    found = modes(kit.core.config.instance)

    assert {"trustweb.db-wal", "trustweb.db-shm", "trustweb.db-queue", "journal-heads"} <= found.keys()
    assert set(found.values()) == {0o600}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", ["keys", "trustweb.db", "trustweb.db-wal", "journal-heads", "setup-link"])
def test_what_others_may_open_stops_every_command(folder: Path, name: str, mode: int) -> None:
    (folder / name).touch()
    (folder / name).chmod(mode)

    said = sentence(run(folder, "account", "list"))

    assert f"run `chmod 600 {folder / name}`." in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_all_files_that_are_open_are_named_at_once(folder: Path, command: tuple[str, ...]) -> None:
    for name in ("keys", "trustweb.db"):
        (folder / name).chmod(0o644)

    assert f"run `chmod 600 {folder / 'keys'} {folder / 'trustweb.db'}`." in sentence(run(folder, *command))


def test_the_app_does_not_start_on_files_that_others_may_open(folder: Path) -> None:
    (folder / "keys").chmod(0o644)

    with pytest.raises(ConfigError, match="chmod 600"):
        create_app(PLUGINS | {"TRUSTWEB_INSTANCE": str(folder)})


def test_of_a_config_that_others_may_open_it_is_only_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "config.toml").touch(0o644)

    assert run(folder, "account", "list").exit_code == 0

    assert [each.getMessage() for each in caplog.records] == [
        f"others on this machine may open {folder / 'config.toml'}"
    ]


@pytest.mark.parametrize("way", ["by its path", "by a link"])
def test_of_a_file_from_elsewhere_others_may_open_it_is_only_logged(
    folder: Path, tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = (folder / "keys").rename(tmp_path / "mounted")
    secret.chmod(0o444)
    settings = {"TRUSTWEB_KEYS_PATH": str(secret)} if way == "by its path" else {}
    if not settings:
        (folder / "keys").symlink_to(secret)

    keys.load(config.load({"TRUSTWEB_INSTANCE": str(folder)} | settings))

    assert [each.getMessage() for each in caplog.records] == [
        f"others on this machine may open {secret if settings else folder / 'keys'}"
    ]
