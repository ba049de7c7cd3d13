"""What every table shares."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, dataclass_transform

from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator, bindparam
from sqlalchemy.orm import DeclarativeBase

T = TypeVar("T")

# Alembic finds a constraint again by its name, on both databases.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite has no zones, so it goes in and out without one there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        # As text at once for SQLite: SQLAlchemy's own way there takes twice as long.
        return _to_text if dialect.name == "sqlite" else _aware

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        # Every page reads a dozen of these: SQLite's text is read directly, which takes half as long.
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
"""The moment of the work, in statements that are built once. Typed, or it would reach SQLite with its zone."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment}  # noqa: RUF012 - declarative's own way


@dataclass_transform(frozen_default=True)
def row_view(cls: type[T]) -> type[T]:
    """A row as plain values, which nobody changes: the type checker sees to that. Freezing them as well would make
    them six times as slow, and a page makes a dozen."""
    return dataclasses.dataclass(slots=True, unsafe_hash=True)(cls)


def columns(view: type, *tables: type[Base]) -> list[Any]:
    """The columns that a view has, in its order: ``View(*row)``. Each is the first table's that has one of its name."""
    return [next(getattr(t, each.name) for t in tables if hasattr(t, each.name)) for each in dataclasses.fields(view)]


def new_public_id() -> str:
    """An id for URLs that says nothing about others."""
    return secrets.token_urlsafe(9)
