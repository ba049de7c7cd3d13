"""``/readyz``: whether the site can work and write, at the price of one write in ten seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.instance_folder import run, sentence
from tests.support.kit import Kit
from tests.support.statements import executed

REFUSE = "CREATE TRIGGER full BEFORE UPDATE ON site BEGIN SELECT RAISE(ABORT, 'disk is full'); END"


def asked(kit: Kit) -> tuple[int, str]:
    answer = kit.app.test_client().get("/readyz", headers={"Host": "10.0.0.7"})
    return answer.status_code, answer.json["status"]


def by_hand(kit: Kit, statement: str) -> None:
    with kit.core.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture
def waiting(kit: Kit) -> Kit:
    """One that has not been asked just now."""
    kit.clock.forward(seconds=11)
    return kit


def test_a_site_that_can_write_is_ready(racing: Kit) -> None:
    racing.clock.forward(seconds=11)

    assert asked(racing) == (200, "ok")


def test_a_site_that_cannot_write_is_not_ready_and_is_again_later(waiting: Kit) -> None:
    by_hand(waiting, REFUSE)
    assert asked(waiting) == (503, "the database cannot be written")
    assert waiting.app.test_client().get("/healthz").status_code == 200
    by_hand(waiting, "DROP TRIGGER full")
    waiting.clock.forward(seconds=9)
    assert asked(waiting)[0] == 503

    waiting.clock.forward(seconds=1)

    assert asked(waiting) == (200, "ok")


def test_however_often_it_is_asked_it_writes_once_in_ten_seconds(waiting: Kit) -> None:
    with executed(waiting.core.database) as done:
        for _ in range(50):
            asked(waiting)
            waiting.clock.forward(seconds=0.5)

    assert len([each for each in done if each.sql.endswith("site.seen_at < ?")]) == 3


def test_of_many_at_once_one_writes_and_nobody_else_waits(waiting: Kit) -> None:
    asked(waiting)
    waiting.clock.forward(seconds=11)
    entered, go_on = threading.Event(), threading.Event()

    def slow() -> float:
        entered.set()
        assert go_on.wait(20)
        return waiting.clock.elapsed

    waiting.core.readiness._monotonic = slow
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(waiting.core.readiness.problem)
        assert entered.wait(20)
        others = [waiting.core.readiness.problem() for _ in range(10)]
        go_on.set()
        waiting.core.readiness._monotonic = waiting.clock.monotonic

    assert (others, first.result()) == ([""] * 10, "")


def cut(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def overwrite(database: Path) -> None:
    database.write_bytes(b"something else" * 1000)


@pytest.mark.parametrize("damage", [cut, overwrite, Path.unlink])
def test_a_database_that_is_damaged_under_a_running_site_is_said(
    template: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    kit = Kit(template, tmp_path / "site")
    kit.core.database.close()  # what is open already may not notice
    damage(kit.core.config.instance / "trustweb.db")
    kit.clock.forward(seconds=11)

    page = kit.visitor().get("/invitation/a")

    assert (page.status, "does not answer right now" in page.text) == (503, True)
    assert kit.app.test_client().get("/healthz").status_code == 503
    assert kit.app.test_client().get("/readyz").status_code == 503
    kit.core.database.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may make a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    with (folder / "filling").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 12)):
            pass
    assert shutil.disk_usage(folder).free == 0


@pytest.fixture
def full(small_disk: Path, template: Path) -> Iterator[Kit]:
    kit = Kit(template, small_disk / "site")
    fill(small_disk)
    yield kit
    kit.core.database.close()


def test_a_site_on_a_full_disk_is_not_ready(full: Kit) -> None:
    assert asked(full) == (503, "the disk is full")
    assert full.app.test_client().get("/healthz").status_code == 200


def test_the_journal_is_verified_on_a_full_disk(full: Kit) -> None:
    assert run(full.core.config.instance, "journal", "verify").output.startswith("The journal is whole")


def test_what_would_write_to_a_full_disk_says_so(full: Kit) -> None:
    assert "The database cannot be used: " in sentence(run(full.core.config.instance, "account", "invite"))
