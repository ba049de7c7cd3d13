"""A database as an older version left it, for tests of migrations."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Engine

from trustweb import engines, private_files, schema
from trustweb.config import Config


def make(settings: Config, revision: str) -> Engine:
    if path := engines.file_of(settings.database):
        private_files.make(path)
    alembic, engine = schema._alembic(), engines.make(settings.database)
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, revision)
    return engine
