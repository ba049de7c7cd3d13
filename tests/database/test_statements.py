"""Prepared statements that go straight to the driver return what SQLAlchemy would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone

import pytest
from sqlalchemy import Select, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound, OperationalError, StatementError

from tests.support.kit import MOBILE, Kit
from trustweb import statements
from trustweb.database import Database
from trustweb.models import NOW, Base, Limit, SignInSession
from trustweb.statements import Statements
from trustweb.work import Work

_OF = select(Limit.name, Limit.hits, Limit.resets_at).where(Limit.name == bindparam("wanted"), Limit.hits > 0)
_EVERY = select(Limit.name)
_PUT = insert(Limit).values(subject="", span=60)
_PUSH = update(Limit).where(Limit.name == bindparam("wanted")).values(resets_at=NOW, hits=Limit.hits + 1)
_AMONG = select(Limit.name).where(Limit.name.in_(bindparam("names", expanding=True)))
_SEVERAL = (
    update(Limit)
    .where(Limit.name == bindparam("wanted"), Limit.resets_at <= bindparam("moment"))
    .values(subject=bindparam("wanted"), resets_at=bindparam("moment"))
)
_SESSION = insert(SignInSession).returning(SignInSession.id)


def put(kit: Kit, *names: str) -> None:
    with kit.core.database.writing() as work:
        for name in names:
            work.execute(_PUT, {"name": name, "hits": 1, "resets_at": work.now})


def as_stored(kit: Kit, columns: Select[*tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows as the database has them, past all types."""
    with kit.core.database.reading() as work:
        plain = str(columns.compile(dialect=work.connection.dialect))
        return [tuple(row) for row in work.connection.exec_driver_sql(plain)]


def test_every_table_reads_the_same(racing: Kit) -> None:
    racing.account(numbers=(MOBILE,))
    racing.signed_in()
    for table in Base.metadata.sorted_tables:
        statement = select(table)
        with racing.core.database.reading() as work:
            wanted = work.connection.execute(statement).all()
            found = [work.execute(statement).all() for _ in range(3)]

        assert found == [wanted] * 3
        assert [row._fields for row in found[2]] == [row._fields for row in wanted]


@pytest.mark.parametrize("kept", [None, {"form": ["Grüße", 1]}])
def test_the_same_is_stored(racing: Kit, kept: object) -> None:
    account, now = racing.account(), racing.core.database.now()
    row = {
        "account_id": account.id, "stage": "full", "known_browser": True, "family": "", "kept_act": kept,
        "browser_name": "Firefox", "address": "", "started_at": now, "stage_since": now, "last_seen_at": now,
    }  # fmt: skip
    with racing.core.database.writing() as work:
        ids = [work.insert(_SESSION, row | {"token_hash": str(at)}) for at in range(3)]

    assert ids == sorted(set(ids))
    columns = [each for each in SignInSession.__table__.columns if each.name not in {"id", "token_hash"}]
    stored = as_stored(racing, select(*columns).order_by(SignInSession.id))
    assert len(stored) == 3
    assert stored[0] == stored[1] == stored[2]


def test_a_value_that_a_statement_has_in_several_places_is_in_each(racing: Kit) -> None:
    put(racing, "a")
    with racing.core.database.writing() as work:
        values = {"moment": work.now + timedelta(seconds=1), "wanted": "a"}
        met = [work.changed(_SEVERAL, values) for _ in range(3)]

    assert met == [1, 1, 1]
    assert as_stored(racing, select(Limit.subject)) == [("a",)]


def test_a_moment_of_another_zone_is_the_same_moment(racing: Kit) -> None:
    now = racing.core.database.now()
    there = now.astimezone(timezone(timedelta(hours=5, minutes=45)))
    with racing.core.database.writing() as work:
        for name in ("a", "b"):
            work.execute(_PUT, {"name": name, "hits": 1, "resets_at": there})

    with racing.core.database.reading() as work:
        assert [row.resets_at for row in work.execute(select(Limit.resets_at).where(Limit.resets_at == now))] == [
            now
        ] * 2


def test_one_row_is_neither_none_nor_two(racing: Kit) -> None:
    put(racing, "a", "b")

    with racing.core.database.reading() as work:
        for _ in range(3):
            assert work.execute(_OF, {"wanted": "c"}).scalar_one_or_none() is None
            assert work.execute(_OF, {"wanted": "c"}).scalar() is None
            assert work.execute(_OF, {"wanted": "b"}).scalar_one() == "b"
            with pytest.raises(NoResultFound):
                work.execute(_OF, {"wanted": "c"}).scalar_one()
            with pytest.raises(MultipleResultsFound):
                work.execute(_EVERY).one_or_none()


def test_a_change_says_how_many_rows_it_met(racing: Kit) -> None:
    put(racing, "a", "b")

    with racing.core.database.writing() as work:
        met = [work.changed(_PUSH, {"wanted": name, "now": work.now}) for name in ("a", "c", "a", "c")]
        assert work.execute(_OF, {"wanted": "a"}).one().hits == 3

    assert met == [1, 0, 1, 0]


def test_a_list_whose_length_changes_is_left_to_sqlalchemy(racing: Kit) -> None:
    put(racing, "a", "b")

    with racing.core.database.reading() as work:
        for names in (["a"], ["a", "b"], [], ["b", "c"]):
            found = work.execute(_AMONG, {"names": names}).scalars()
            assert sorted(found) == sorted({"a", "b"} & set(names))


@pytest.mark.parametrize("uses", [0, 1, 2])
def test_what_the_database_refuses_is_refused_as_by_sqlalchemy(racing: Kit, uses: int) -> None:
    put(racing, *"abcd"[:uses], "secret")

    with pytest.raises(IntegrityError) as refused:
        put(racing, "secret")

    assert isinstance(refused.value.orig, racing.core.database.engine.dialect.dbapi.IntegrityError)  # type: ignore[union-attr]


def test_a_value_that_is_missing_is_refused_at_each_use(kit: Kit) -> None:
    with kit.core.database.reading() as work:
        work.execute(_OF, {"wanted": "a"})
        for _ in range(3):
            with pytest.raises(StatementError):
                work.execute(_OF, {"want": "a"})


def end(database: Database, work: Work) -> None:
    """End the connection, as a restart of PostgreSQL does."""
    backend = work.connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
    with database.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})


def test_a_connection_that_is_lost_goes_to_nobody_else(make_kit: Callable[..., Kit], racing_database: str) -> None:
    kit = make_kit(TRUSTWEB_DATABASE_URL=racing_database)
    database = kit.core.database
    put(kit, "a", "b")
    with database.reading() as work:
        for _ in range(2):
            work.execute(_OF, {"wanted": "a"})
        end(database, work)
        with pytest.raises(OperationalError) as lost:
            work.execute(_OF, {"wanted": "a"})

    assert lost.value.connection_invalidated
    with database.reading() as work:
        assert work.execute(_OF, {"wanted": "a"}).one().name == "a"


def test_what_is_built_at_each_use_does_not_pile_up(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_KEPT", 5)
    met = Statements(kit.core.database.engine.dialect)

    assert [met.find(select(Limit.name), {}) for _ in range(50)] == [None] * 50

    assert len(met._seen) <= 5
    assert met.find(_OF, {"wanted": ""}) is None
    assert met.find(_OF, {"wanted": ""}) is not None


def test_moments_come_back_with_their_zone(racing: Kit) -> None:
    put(racing, "a")

    with racing.core.database.reading() as work:
        found = [work.execute(_OF, {"wanted": "a"}).one().resets_at for _ in range(3)]

    assert found == [racing.clock.now] * 3
    assert {each.utcoffset() for each in found} == {timedelta(0)}
