"""Statements that are built once go straight to the driver, from their second use on.

At each execution SQLAlchemy looks a statement up by a deep key, and makes a context, a cursor and a result that could
do a hundred things. That takes four times as long as the look-up in the database, and longer after a password check,
which empties the processor's caches. So SQLAlchemy is asked once for the SQL, and for what the types do to values.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from trustweb import engines

Values = Mapping[str, Any]
_Process = Callable[[Any], Any] | None
_KEPT = 1000
"""Statements that are remembered; then it begins anew, for those that are built at each use would pile up."""


class _Unfit(Exception):
    """Only SQLAlchemy can execute it: its SQL, or a value that it does not say, is another at each use."""


class Rows:
    """What a statement found, all of it. Its methods are those of SQLAlchemy's results."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> Sequence[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any:
        if len(self._rows) > 1:
            raise MultipleResultsFound("one row was wanted, and there are several")
        return self.first()

    def one(self) -> Any:
        if not self._rows:
            raise NoResultFound("one row was wanted, and there is none")
        return self.one_or_none()

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one_or_none(self) -> Any:
        return None if (row := self.one_or_none()) is None else row[0]

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> list[Any]:
        return [row[0] for row in self._rows]


_NO_ROWS = Rows(())


class Prepared:
    """A statement as the driver takes it, and what becomes of its rows."""

    def __init__(self, statement: Any, dialect: Dialect, names: Collection[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=sorted(names))
        if compiled.isplaintext or compiled.post_compile_params or compiled.literal_execute_params:
            raise _Unfit
        self.sql: str = compiled.string
        self._error: Any = cast("Any", dialect.dbapi).Error
        self._said: Any = [None] * len(compiled.positiontup) if compiled.positional else {}
        """The parameters, with those values that the statement itself says."""
        self._asked: list[tuple[Any, str, _Process]] = []
        """The places of the others, their names, and what their types do to a value."""
        for place, name in _places(compiled):
            process = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            if name in names:
                self._asked.append((place, name, process))
            else:
                said = _said(compiled, name)
                self._said[place] = said if process is None else process(said)
        columns = list(statement.selected_columns if statement.is_select else statement.exported_columns)
        reads = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]
        self._reads = [(at, read) for at, read in enumerate(reads) if read is not None]
        self._has_rows = bool(columns)
        self._row = _row(*[each.key for each in columns])

    def cursor(self, connection: Connection, values: Values) -> Any:
        """Execute it, and return the driver's cursor. Raises what SQLAlchemy would raise."""
        sent = self._said.copy()
        for place, name, process in self._asked:
            sent[place] = values[name] if process is None else process(values[name])
        try:
            return engines.driver(connection).execute(self.sql, sent)
        except self._error as error:
            raise engines.refused(connection, error, self.sql) from error

    def execute(self, connection: Connection, values: Values) -> Rows:
        cursor = self.cursor(connection, values)
        if not self._has_rows:
            return _NO_ROWS
        try:
            rows = cursor.fetchall()
        except self._error as error:
            raise engines.refused(connection, error, self.sql) from error
        return Rows([self._read(row) for row in rows])

    def _read(self, row: Sequence[Any]) -> Any:
        if not self._reads:
            return self._row(row)
        values = list(row)
        for at, read in self._reads:
            values[at] = read(values[at])
        return self._row(values)


# By the columns that statements of ours ask for.
@cache
def _row(*names: str) -> Callable[[Sequence[Any]], Any]:
    """Makes rows whose values have names too. Statements that ask for the same share the class."""
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return cast("Callable[[Sequence[Any]], Any]", row._make)


def _places(compiled: Any) -> Iterable[tuple[Any, str]]:
    """Where the driver wants each parameter: by number or by name."""
    return enumerate(compiled.positiontup) if compiled.positional else ((name, name) for name in compiled.binds)


def _said(compiled: Any, name: str) -> Any:
    """The value that a statement says itself, or that a column has when nobody says it."""
    for column in compiled.prefetch:
        default = column.default if compiled.isinsert else column.onupdate
        if column.key == name:
            if not default.is_scalar:
                raise _Unfit
            return default.arg
    bind = compiled.binds[name]
    if bind.required or bind.callable:
        raise _Unfit
    return bind.value


class _Met:
    """A statement that has come by."""

    def __init__(self, statement: Executable, dialect: Dialect, names: Collection[str]) -> None:
        self.statement = statement  # so that no other takes its id
        self._how = dialect, names

    @cached_property
    def prepared(self) -> Prepared | None:
        try:
            return Prepared(self.statement, *self._how)
        except _Unfit:
            return None


class Statements:
    """Those of one engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        # By a statement of ours and the names of its values.
        self._met: dict[tuple[Any, ...], _Met] = {}

    def find(self, statement: Executable, values: Values) -> Prepared | None:
        """None: let SQLAlchemy execute it. What comes by for the first time may have been built for this use only."""
        sight = id(statement), *values
        if (met := self._met.get(sight)) is not None:
            return met.prepared
        if len(self._met) >= _KEPT:
            self._met.clear()
        self._met[sight] = _Met(statement, self._dialect, tuple(values))
        return None
