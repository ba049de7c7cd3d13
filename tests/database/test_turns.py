"""Writers of several processes queue at a file beside the SQLite database, which only says whose turn it is."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.kit import Kit
from trustweb import config, schema
from trustweb.database import Database
from trustweb.turns import Turns

OTHER = """
import sys
from pathlib import Path
from trustweb.turns import Turns
with Turns(Path(sys.argv[1])).take():
    print("in", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


@pytest.fixture
def other(database: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has its turn."""
    command = [sys.executable, "-c", OTHER, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        yield process
        process.kill()


def queue(database: Path) -> Path:
    return database.with_name(f"{database.name}-queue")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """By somebody who never writes."""
    place = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    fcntl.flock(place, fcntl.LOCK_EX)
    yield
    os.close(place)


def is_free(database: Path) -> bool:
    with queue(database).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def waiting(database: Path) -> int:
    """How many stand in the queue behind the first."""
    inode = f":{queue(database).stat().st_ino} "
    return sum("-> FLOCK" in line and inode in line for line in Path("/proc/locks").read_text().splitlines())


def places(database: Path) -> int:
    """How often this process has the file open."""
    opened = (each.resolve() for each in Path("/proc/self/fd").iterdir())
    return sum(each == queue(database).resolve() for each in opened)


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_writer_waits_until_another_process_has_had_its_turn(database: Path, other: subprocess.Popen[str]) -> None:
    done: list[str] = []

    def write() -> None:
        with Turns(database, patience=100).take():
            done.append("ours")

    thread = threading.Thread(target=write)
    thread.start()
    until(lambda: waiting(database) == 1)
    done.append("the other's")
    other.communicate("enough\n", timeout=60)
    thread.join()

    assert done == ["the other's", "ours"]


def test_a_turn_is_this_process_s_alone_and_ends(database: Path) -> None:
    with Turns(database).take():
        assert not is_free(database)

    assert is_free(database)


def test_a_turn_that_fails_ends_too(database: Path) -> None:
    with pytest.raises(RuntimeError), Turns(database).take():
        raise RuntimeError

    assert is_free(database)


def test_a_writer_that_is_killed_leaves_the_queue(database: Path, other: subprocess.Popen[str]) -> None:
    other.kill()

    with Turns(database, patience=100).take():
        assert not is_free(database)


def test_a_writer_that_is_stopped_is_waited_for_once(database: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGSTOP)
    turns = Turns(database, patience=0.2)

    for _ in range(3):
        with turns.take():
            assert waiting(database) == places(database) == 1  # who gave up, and nobody after that


def test_the_queue_counts_again_once_it_moves(database: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGSTOP)
    turns = Turns(database, patience=0.2)
    with turns.take():
        other.send_signal(signal.SIGCONT)
        other.communicate("enough\n", timeout=60)
        until(lambda: is_free(database))

    with turns.take():
        assert not is_free(database)


def test_a_site_writes_although_somebody_else_holds_its_queue(kit: Kit) -> None:
    with held(kit.core.config.instance / "trustweb.db-queue"):
        kit.account()

    with kit.core.database.reading() as work:
        assert work.db.connection().exec_driver_sql("SELECT count(*) FROM account").scalar() == 1


def test_a_fork_does_not_keep_the_turn_that_it_was_born_in(database: Path) -> None:
    ours, theirs = os.pipe()
    with Turns(database).take():
        if not (child := os.fork()):
            os.close(theirs)
            os.read(ours, 1)  # lives until the test is over
            os._exit(0)

    free = is_free(database)
    os.close(theirs)
    os.waitpid(child, 0)
    assert free


IN_ITS_PLACE: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link": lambda path: path.symlink_to("elsewhere"),
    "no folder": lambda path: path.parent.rmdir(),
}


@pytest.mark.parametrize("state", IN_ITS_PLACE)
def test_where_there_is_no_queue_the_database_decides_alone(tmp_path: Path, state: str) -> None:
    database = tmp_path / "folder" / "a.db"
    database.parent.mkdir()
    IN_ITS_PLACE[state](queue(database))
    turns = Turns(database)

    for _ in range(2):
        with turns.take():
            pass

    assert not (tmp_path / "folder" / "elsewhere").exists()


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A user who may do nothing here but look. Root may do everything."""
    (tmp_path / "a.db-queue").touch(0o000)
    monkeypatch.chdir(tmp_path)  # a user of that kind does not get here by the whole path
    tmp_path.chmod(0o555)
    before = os.geteuid()
    if not before:
        os.seteuid(65534)
    yield
    os.seteuid(before)
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", ["a.db", "b.db"], ids=["somebody else's file", "a read-only folder"])
def test_where_the_queue_is_not_for_us_the_database_decides_alone(name: str, nobody: None) -> None:
    with Turns(Path(name)).take(), pytest.raises(OSError, match=f"{name}-queue"):
        queue(Path(name)).open()


def test_a_queue_that_others_may_open_is_for_us_alone_from_then_on(database: Path) -> None:
    queue(database).touch()
    queue(database).chmod(0o644)

    with Turns(database).take():
        assert stat.S_IMODE(queue(database).stat().st_mode) == 0o600


def test_that_there_is_no_queue_is_logged_once(database: Path, logged: list[str]) -> None:
    queue(database).symlink_to("elsewhere")
    turns = Turns(database)

    for _ in range(3):
        with turns.take():
            pass

    assert [line for line in logged if "writers do not queue at a.db-queue" in line] == logged[:1]
    assert len(logged) == 1


def test_the_queue_is_beside_the_database_wherever_that_is(kit: Kit, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "b.db"
    elsewhere.parent.mkdir()
    schema.back_up(kit.core.config, elsewhere)
    environ = {"TRUSTWEB_INSTANCE": str(kit.core.config.instance), "TRUSTWEB_DATABASE_URL": f"sqlite:///{elsewhere}"}
    there = Database(config.load(environ), kit.core.keys)

    with there.writing():
        assert not is_free(elsewhere)
    there.close()
