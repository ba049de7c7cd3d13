"""The base class of tables, the column type of moments, and row views."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Index, MetaData, TextClause, TypeDecorator, bindparam
from sqlalchemy.orm import DeclarativeBase

# Alembic identifies a constraint by its name, on both databases.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """Column type of an aware UTC datetime. SQLite has no time zones, so it is stored there as text without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        # Directly to text for SQLite: SQLAlchemy's own conversion takes twice as long.
        return _to_text if dialect.name == "sqlite" else _aware

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        # Every page reads a dozen of these: parsing SQLite's text directly takes half as long.
        return _from_text if dialect.name == "sqlite" else _from_zone


_TEXT = len("YYYY-MM-DD hh:mm:ss.ffffff")


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return value


def _to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        _aware(value)
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:_TEXT]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _from_zone(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


NOW = bindparam("now", type_=Moment)
"""The parameter for ``work.now`` in prebuilt statements. Typed: otherwise it would reach SQLite with its time zone."""


class Base(DeclarativeBase):
    """Base class of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment}  # noqa: RUF012 - SQLAlchemy's declarative convention


def partial_index(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    """Return an index over those rows only that ``where`` selects.

    Its condition waits in ``info``: told ``postgresql_where``, SQLAlchemy imports each dialect of PostgreSQL. That
    costs every process 4 MiB and 40 ms at its start, and only migrations want to know.
    """
    return Index(name, *columns, unique=unique, info={"where": where})


def set_index_conditions(dialect_name: str) -> None:
    """Tell SQLAlchemy the conditions of partial indexes, for whoever creates or compares them."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options[dialect_name]["where"] = index.info["where"]


def columns(view: type, *tables: type[Base]) -> list[Any]:
    """Return a view's columns in its order, for ``View(*row)``, each from the first table that has one of its name."""
    return [next(getattr(t, each.name) for t in tables if hasattr(t, each.name)) for each in dataclasses.fields(view)]


def new_public_id() -> str:
    """Return a random id for URLs, from which no other id can be guessed."""
    return secrets.token_urlsafe(9)
