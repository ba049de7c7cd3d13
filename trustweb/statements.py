"""Prepared statements that bypass SQLAlchemy's execution from their second use on.

At each execution SQLAlchemy computes a deep cache key and builds an execution context, a cursor and a general result.
That takes four times as long as the query itself, and longer after a password check, which evicts the processor's
caches. So SQLAlchemy compiles a statement once, to SQL and to the processors of its types.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib import import_module
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from trustweb import engines

Values = Mapping[str, Any]
_Process = Callable[[Any], Any] | None
_KEPT = 1000
"""The most statements that are remembered. Then all are dropped: statements built at each use would pile up."""


class _Unsupported(Exception):
    """Only SQLAlchemy can execute the statement: its SQL, or a default value, differs at each use."""


class Rows:
    """All rows of a result, with the methods of SQLAlchemy's Result."""

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
    """A statement compiled for the driver, with the processors of its parameters and columns."""

    def __init__(self, statement: Any, dialect: Dialect, names: Collection[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=sorted(names))
        if compiled.isplaintext or compiled.post_compile_params or compiled.literal_execute_params:
            raise _Unsupported
        self.sql: str = compiled.string
        self._error: Any = cast("Any", dialect.dbapi).Error
        self._fixed: Any = [None] * len(compiled.positiontup) if compiled.positional else {}
        """The parameters with the values that are fixed in the statement."""
        self._wanted: list[tuple[Any, str, _Process]] = []
        """Place, name and bind processor of each parameter that a use supplies."""
        self._repeated: list[tuple[Any, Any]] = []
        """Places of a parameter that stands in the statement before, and where: it is processed once."""
        first: dict[str, Any] = {}
        for place, name in _places(compiled):
            process = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            if name in first:
                self._repeated.append((place, first[name]))
            elif name in names:
                first[name] = place
                self._wanted.append((place, name, process))
            else:
                value = _fixed_value(compiled, name)
                self._fixed[place] = value if process is None else process(value)
        columns = list(statement.selected_columns if statement.is_select else statement.exported_columns)
        reads = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]
        self._reads = [(at, read) for at, read in enumerate(reads) if read is not None]
        self._has_rows = bool(columns)
        self._row = _row(*[each.key for each in columns])

    def cursor(self, connection: Connection, values: Values) -> Any:
        """Execute it and return the driver's cursor. Raises what SQLAlchemy would raise."""
        sent = self._fixed.copy()
        for place, name, process in self._wanted:
            sent[place] = values[name] if process is None else process(values[name])
        for place, before in self._repeated:
            sent[place] = sent[before]
        try:
            return engines.driver(connection).execute(self.sql, sent)
        except self._error as error:
            raise engines.refused(connection, error, self.sql) from error

    def execute(self, connection: Connection, values: Values) -> Rows:
        """Execute it and return all rows. Raises what SQLAlchemy would raise."""
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


# Depends on the names of the columns that our statements select.
@cache
def _row(*names: str) -> Callable[[Sequence[Any]], Any]:
    """Return a factory of named tuples. Statements with the same columns share the class."""
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return cast("Callable[[Sequence[Any]], Any]", row._make)


def _places(compiled: Any) -> Iterable[tuple[Any, str]]:
    """Return the place of each parameter for the driver (an index or a name), and its name."""
    return enumerate(compiled.positiontup) if compiled.positional else ((name, name) for name in compiled.binds)


def _fixed_value(compiled: Any, name: str) -> Any:
    """Return the value that a statement fixes for a parameter, or its column's default. Raises _Unsupported."""
    for column in compiled.prefetch:
        default = column.default if compiled.isinsert else column.onupdate
        if column.key == name:
            if not default.is_scalar:
                raise _Unsupported
            return default.arg
    bind = compiled.binds[name]
    if bind.required or bind.callable:
        raise _Unsupported
    return bind.value


class _Seen:
    """A statement that was executed before, prepared when it comes again."""

    def __init__(self, statement: Executable, dialect: Dialect, names: Collection[str]) -> None:
        self.statement = statement  # kept alive, so that no other object gets its id
        self._arguments = dialect, names

    @cached_property
    def prepared(self) -> Prepared | None:
        try:
            return Prepared(self.statement, *self._arguments)
        except _Unsupported:
            return None


class Statements:
    """The prepared statements of one engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        # Keyed by a statement's id and the names of its values.
        self._seen: dict[tuple[Any, ...], _Seen] = {}

    def find(self, statement: Executable, values: Values) -> Prepared | None:
        """Return the prepared statement. None: SQLAlchemy executes it, as at a first use, which may be the only one."""
        key = id(statement), *values
        if (seen := self._seen.get(key)) is not None:
            return seen.prepared
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[key] = _Seen(statement, self._dialect, tuple(values))
        return None


def inserting(dialect_name: str) -> Callable[..., Any]:
    """Return the dialect's INSERT, which has ON CONFLICT. Imported late: the dialect that is not in use costs 4 MiB."""
    return cast("Callable[..., Any]", import_module(f"sqlalchemy.dialects.{dialect_name}").insert)
