"""A database as an older version left it, for tests of migrations."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import command
from sqlalchemy import Engine, select, text

from trustweb import accounts, config, engines, keys, private_files, schema
from trustweb.config import Config
from trustweb.database import Database
from trustweb.models import Account

INSERT_PERSON = text("""INSERT INTO account (id, name, name_key, role, language, time_zone, password_hash,
    password_changed_at, created_at)
    VALUES (:id, :name, :key, 'person', 'en', 'UTC', '', '2026-03-12 09:00:00', :created)""")
Row = tuple[int, str, str]
"""Number, name and key of an account."""


def make(settings: Config, revision: str) -> Engine:
    if path := engines.file_of(settings.database):
        private_files.make(path)
    alembic, engine = schema._alembic(), engines.make(settings.database)
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, revision)
    return engine


@dataclass
class OldNames:
    """A database from before all spellings of an address had one key."""

    settings: config.Config
    engine: Engine

    def upgraded(self, *rows: Row) -> dict[int, str]:
        """Fill it, the oldest account first, upgrade it, and return the keys of the names by number."""
        with self.engine.begin() as connection:
            for at, (number, name, key) in enumerate(rows):
                created = f"2026-03-12 09:00:{at:02}" if at < 60 else "2026-03-12 10:00:00"
                connection.execute(INSERT_PERSON, {"id": number, "name": name, "key": key, "created": created})
        schema.upgrade(self.settings, keys.load(self.settings))
        with self.engine.connect() as connection:
            return {row.id: row.name_key for row in connection.execute(select(Account.id, Account.name_key))}

    def found(self, name: str) -> int | None:
        """Return the number of the account that signs in with this name."""
        database = Database(self.settings, keys.load(self.settings))
        with database.reading() as work:
            found = accounts.credentials(work, name)
        database.close()
        return found.id if found else None
