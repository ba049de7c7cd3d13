"""A database that is away for a while, or that takes nothing in, as on a full disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.support.kit import Kit


@contextmanager
def away(kit: Kit) -> Iterator[None]:
    path = kit.core.config.instance / "trustweb.db"
    kit.core.database.close()
    hidden = path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        kit.core.database.close()
        hidden.rename(path)


@contextmanager
def full(kit: Kit) -> Iterator[None]:
    def shut(connection: object, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")  # type: ignore[attr-defined]

    engine = kit.core.database.engine
    event.listen(engine, "connect", shut)
    kit.core.database.close()
    try:
        yield
    finally:
        event.remove(engine, "connect", shut)
        kit.core.database.close()
