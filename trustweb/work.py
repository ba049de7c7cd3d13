"""The work of one transaction, which is what the domain is given, and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.orm import Session

from trustweb.config import Config
from trustweb.keys import KeyRing
from trustweb.models import AccountView
from trustweb.statements import Rows, Statements, Values


class Refused(Exception):
    """Base class of the domain's refusals. A subclass is named after what happened and has values, never sentences."""

    keeps_changes: ClassVar[bool] = False
    """True: what was written before the refusal is committed, such as the try that a wrong code used up."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The network address and the browser's name of a request, for the owner to judge; empty on the command line."""

    address: str = ""
    browser: str = ""
    service: str = ""
    """The service that the person is on the way to, if any."""


NOWHERE = Origin()
_NONE: Values = MappingProxyType({})
_COUNTING = {"preserve_rowcount": True}


@dataclass(slots=True)
class Work:
    """One transaction, and all that the domain needs in it: the settings, the keys and the time."""

    connection: Connection
    give_back: Callable[[Connection], None]
    statements: Statements
    now: datetime
    config: Config
    keys: KeyRing
    origin: Origin = NOWHERE
    woken: list[int] = field(default_factory=list)
    """Ids of deliveries that a worker is told of after the commit."""
    afterwards: dict[object, Callable[[], None]] = field(default_factory=dict)
    """Other actions after the commit, one per key. None of them may raise."""
    accounts: dict[int, AccountView] = field(default_factory=dict)
    """Accounts that this transaction locked, as they were then."""
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    """The heads (number, MAC) of accounts' journals, as this transaction read or wrote them."""
    journalled: list[str] = field(default_factory=list)
    """The events that this transaction wrote into a journal."""
    raised_mark: bool = False
    _db: Session | None = None

    @property
    def db(self) -> Session:
        """The ORM session, for rarely used pages: objects cost several times what plain rows do."""
        if self._db is None:
            # The transaction and its savepoints are ours; the session only writes in them.
            self._db = Session(self.connection, expire_on_commit=False, join_transaction_mode="rollback_only")
        return self._db

    def execute(self, statement: Executable, values: Values = _NONE) -> Rows:
        """Execute a statement and return plain rows. Prebuilt at module level, it costs a tenth of one built here."""
        self.flush()
        if prepared := self.statements.find(statement, values):
            return prepared.execute(self.connection, values)
        found = self.connection.execute(statement, values)
        return Rows(found.all() if found.returns_rows else ())

    def changed(self, statement: Executable, values: Values = _NONE) -> int:
        """Execute a change and return the number of rows it met: the only safe way to decide who was first."""
        self.flush()
        if prepared := self.statements.find(statement, values):
            return cast("int", prepared.cursor(self.connection, values).rowcount)
        # Without the option SQLAlchemy loses the count of an INSERT … ON CONFLICT on PostgreSQL.
        return self.connection.execute(statement, values, execution_options=_COUNTING).rowcount

    def insert(self, statement: Executable, values: Values) -> int:
        """Execute an INSERT of one row, and return the id that it returns."""
        return cast("int", self.execute(statement, values).scalar_one())

    def savepoint(self) -> AbstractContextManager[object]:
        """Open a savepoint: an exception inside rolls back what happened inside, and nothing before it."""
        self.flush()
        return self.connection.begin_nested()

    def flush(self) -> None:
        """Write the ORM objects' changes, so that plain statements see them."""
        if self._db is not None:
            self._db.flush()

    def close(self) -> None:
        """End the transaction; what was not committed is rolled back."""
        if self._db is not None:
            self._db.close()
        self.give_back(self.connection)
        del self.connection  # another transaction may use it from now on
