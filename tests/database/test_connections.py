"""SQLite’s connections are reused, and no transaction sees the state of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.support.kit import Kit
from trustweb import engines
from trustweb.codes import limits
from trustweb.engines import Connections
from trustweb.models import Limit

NOTED = select(Limit.hits).where(Limit.name == "noted")


@pytest.fixture
def connections(tmp_path: Path) -> Iterator[Connections]:
    (tmp_path / "a.sqlite3").touch()
    made = Connections(engines.make(f"sqlite:///{tmp_path / 'a.sqlite3'}"))
    yield made
    made.close()


def test_the_one_that_was_used_last_is_taken_first(connections: Connections) -> None:
    first, second = connections.take(), connections.take()
    connections.give_back(first)
    connections.give_back(second)

    assert connections.take() is second
    assert connections.take() is first


TABLES = text("SELECT count(*) FROM sqlite_master")


def straight(connection: Connection, sql: str) -> None:
    """Execute it without SQLAlchemy, as most statements are."""
    engines.driver(connection).execute(sql)


@pytest.mark.parametrize(("end", "found"), [(engines.commit, 2), (engines.undo, 0)])
def test_what_goes_through_sqlalchemy_is_in_the_same_transaction(
    connections: Connections, end: Callable[[Connection], None], found: int
) -> None:
    connection = connections.take()
    engines.begin(connection, to_write=True)
    straight(connection, "CREATE TABLE a (id INTEGER)")
    connection.execute(text("CREATE TABLE b (id INTEGER)"))
    end(connection)
    connections.give_back(connection)

    with connections.take() as again:
        assert again is connection
        assert again.execute(TABLES).scalar_one() == found


def test_a_savepoint_is_undone_alone(connections: Connections) -> None:
    connection = connections.take()
    engines.begin(connection, to_write=True)
    straight(connection, "CREATE TABLE a (id INTEGER)")
    with suppress(ZeroDivisionError), connection.begin_nested():
        straight(connection, "CREATE TABLE b (id INTEGER)")
        raise ZeroDivisionError
    engines.commit(connection)

    assert connection.execute(TABLES).scalar_one() == 1


def test_a_beginning_that_is_refused_is_refused_as_by_sqlalchemy(connections: Connections) -> None:
    first, second = connections.take(), connections.take()
    straight(second, "PRAGMA busy_timeout=0")
    engines.begin(first, to_write=True)

    with pytest.raises(OperationalError, match="locked"):
        engines.begin(second, to_write=True)

    engines.undo(first)
    engines.begin(second, to_write=True)


def test_an_end_that_is_refused_is_refused_as_by_sqlalchemy(connections: Connections) -> None:
    connection = connections.take()
    engines.begin(connection, to_write=True)
    straight(
        connection, "CREATE TABLE a (id INTEGER PRIMARY KEY, of INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)"
    )
    straight(connection, "INSERT INTO a (of) VALUES (7)")

    with pytest.raises(IntegrityError):
        engines.commit(connection)

    connections.give_back(connection)
    with connections.take() as again:
        assert again.execute(TABLES).scalar_one() == 0


def test_what_was_not_committed_is_gone_before_another_takes_it(connections: Connections) -> None:
    connection = connections.take()
    connection.execute(text("CREATE TABLE left_behind (id INTEGER)"))
    connections.give_back(connection)

    assert not connection.in_transaction()
    with connections.take() as again:
        assert again.execute(TABLES).scalar_one() == 0


def test_a_broken_one_goes_to_nobody_else(connections: Connections) -> None:
    broken = connections.take()
    engines.driver(broken).close()
    connections.give_back(broken)

    assert broken.closed
    with connections.take() as another:
        assert another.execute(TABLES).scalar_one() == 0


def test_a_crowd_s_connections_are_not_kept(connections: Connections) -> None:
    crowd = [connections.take() for _ in range(8)]
    for each in crowd:
        connections.give_back(each)

    assert sum(not each.closed for each in crowd) == 5
    connections.close()
    assert all(each.closed for each in crowd)


def test_what_has_ended_writes_nothing_into_another_s_transaction(kit: Kit) -> None:
    with kit.core.database.reading() as ended:
        pass

    with kit.core.database.writing(), pytest.raises(AttributeError):
        limits.hit(ended, "noted", "", ((9, 60),))
    with kit.core.database.reading() as work:
        assert work.execute(NOTED).all() == []
