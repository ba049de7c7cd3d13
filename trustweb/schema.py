"""The database schema: ``trustweb db upgrade`` migrates it under a lock; other processes only check it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.orm import InstrumentedAttribute

from trustweb import engines, faults, private_files
from trustweb.clock import utc_now
from trustweb.config import Config, ConfigError
from trustweb.keys import KeyRing, load
from trustweb.models import (
    APP_SECRET,
    CODES_SECRET,
    KEY_SECRET,
    PUSH_TO,
    SIGNING_KEY,
    AppPassword,
    AuthenticatorApp,
    BackupCodes,
    DeletedAccount,
    JournalCut,
    JournalEntry,
    KeyCheck,
    NewRecoveryKey,
    Service,
    SigningKey,
    Site,
    TrustedDevice,
)
from trustweb.models.journal import triggers

if TYPE_CHECKING:
    from alembic.config import Config as Alembic

_MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRES_LOCK = 0x7472757374776562  # "trustweb"
_LAST_OF_THE_OLD_CHAIN = "30441e288d351486eb6b0482e89af39fdd494b22"
"""The commit that still has the migrations before 0014, the first one that is here."""
_SERVICES_BECAME_ROWS = "0020"
_SEALED: tuple[tuple[InstrumentedAttribute[Any], str], ...] = (
    (AuthenticatorApp.secret, APP_SECRET),
    (BackupCodes.secret, CODES_SECRET),
    (NewRecoveryKey.secret, KEY_SECRET),
    (TrustedDevice.push_to, PUSH_TO),
    (SigningKey.sealed, SIGNING_KEY),
)
"""Columns that are encrypted, and for what; a challenge's is gone before its key may leave the ring."""
_SIGNED = (JournalEntry.mac, JournalCut.mac, DeletedAccount.mac)


def upgrade(config: Config, keys: KeyRing) -> None:
    """Migrate the schema to the newest revision and store check values of the keys. Raises ConfigError."""
    if path := engines.file_of(config.database):
        private_files.make(path)
    with (
        engines.opened(config.database) as engine,
        _lock(config, engine),
        engines.writing_on(engine) as connection,
    ):
        revision = _revision(connection)
        _check_age(revision)
        if revision != newest_revision():
            _migrate(connection)
        if revision is None or revision < _SERVICES_BECAME_ROWS:
            _add_services(connection, config)
        for statement in triggers(engine.dialect.name):
            connection.exec_driver_sql(statement)
        if connection.scalar(select(Site.id)) is None:
            connection.execute(insert(Site).values(id=1, seen_at=utc_now(), countries=""))
        for key_id in set(keys.ids) - set(connection.scalars(select(KeyCheck.key_id))):
            connection.execute(insert(KeyCheck).values(key_id=key_id, value=keys.check_value(key_id)))
        _check_keys(connection.execute(select(KeyCheck.key_id, KeyCheck.value)).all(), keys)


def check(engine: Engine, keys: KeyRing) -> None:
    """Raise ConfigError unless the schema is current and the key ring has the keys that the database uses."""
    path = engines.file_of(engine.url)
    if path is not None and not path.exists():
        raise ConfigError(f"There is no database at {path}: bring it back, or make one with `trustweb db upgrade`.")
    try:
        with engine.connect() as connection:
            _require_current(connection, keys)
    except (ConfigError, *faults.DATABASE) as error:
        engine.dispose()  # nobody goes on with it
        raise ConfigError(faults.sentence(error)) from None


def _require_current(connection: Connection, keys: KeyRing) -> None:
    revision = _revision(connection)
    _check_age(revision)
    if revision != newest_revision():
        raise ConfigError("The database is not up to date: run `trustweb db upgrade`.")
    rows = connection.execute(select(KeyCheck.key_id, KeyCheck.value)).all()
    _check_keys(rows, keys)
    if keys.newest not in {row.key_id for row in rows}:
        raise ConfigError(f"Key {keys.newest} is new to this database: run `trustweb db upgrade`.")


def keys_in_use(config: Config) -> set[str] | None:
    """Return the ids of the keys that the site in this database uses; None when there is no site."""
    path = engines.file_of(config.database)
    if path is not None and not (path.exists() and path.stat().st_size):
        return None
    with engines.opened(config.database) as engine, engine.connect() as connection:
        return set(connection.scalars(select(KeyCheck.key_id))) if _revision(connection) else None


def _revision(connection: Connection) -> str | None:
    """Return the database's revision. Without Alembic, whose import costs every web process 9 MiB."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.scalars(text("SELECT version_num FROM alembic_version")).one_or_none()


def newest_revision() -> str:
    """Return the newest revision that there is a migration for."""
    return max(_revisions())


def _revisions() -> list[str]:
    """Return the numbers that the migrations' file names begin with."""
    return [path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")]


def _check_age(revision: str | None) -> None:
    if revision is not None and revision > newest_revision():
        raise ConfigError("The database was brought up to date by a newer Trustweb than this one; use that.")
    if revision is not None and revision < min(_revisions()):
        raise ConfigError(
            "The database is from before version 0.1.0: upgrade it with Trustweb of the commit "
            f"{_LAST_OF_THE_OLD_CHAIN} first, then with this one."
        )


def _check_keys(rows: object, keys: KeyRing) -> None:
    for key_id, value in rows:  # type: ignore[attr-defined]
        if key_id not in keys.ids:
            raise ConfigError(f"The key ring lacks key {key_id}, which this database uses.")
        if keys.check_value(key_id) != value:
            raise ConfigError(f"Key {key_id} of the ring is not the one that this database uses.")


def _migrate(connection: Connection) -> None:
    from alembic import command  # late: most starts have nothing to migrate

    alembic = _alembic()
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, "head")


def _alembic() -> Alembic:
    from alembic.config import Config as Alembic

    alembic = Alembic()
    alembic.set_main_option("script_location", str(_MIGRATIONS))
    alembic.set_main_option("path_separator", "os")
    return alembic


def _add_services(connection: Connection, config: Config) -> None:
    """Make rows of the services in TRUSTWEB_SERVICES, by the same names: app-specific passwords hold them."""
    for name in config.service_names:
        connection.execute(insert(Service).values(name=name, created_at=utc_now(), program=True, user_is="name"))


@contextmanager
def _lock(config: Config, engine: Engine) -> Iterator[None]:
    """Allow one upgrade at a time, on PostgreSQL over several machines too."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:id)"), {"id": _POSTGRES_LOCK})
            yield
        return
    config.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = config.instance / "upgrade.lock"
    private_files.make(lock)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Lost(NamedTuple):
    """The number of app-specific passwords that stop working without a key, and the services whose secrets do."""

    app_passwords: int
    services: list[str]


def forget_key(config: Config, key_id: str) -> Lost:
    """Stop using a key, so that it can leave the ring. Return what stops working by that.

    Raises ConfigError for the newest key, an unknown one, and one that signed journal entries.
    """
    keys = load(config)
    if key_id == keys.newest:
        raise ConfigError(f"Key {key_id} is the newest of the ring and in use; put a newer one before it first.")
    with engines.opened(config.database) as engine, engines.writing_on(engine) as connection:
        _check_age(_revision(connection))
        if any(connection.scalar(select(exists().where(mac.startswith(f"{key_id}:")))) for mac in _SIGNED):
            raise ConfigError(f"Key {key_id} vouches for entries of the journal; `trustweb journal prune` them first.")
        if not connection.execute(delete(KeyCheck).where(KeyCheck.key_id == key_id)).rowcount:
            raise ConfigError(f"The database uses no key {key_id}.")
        if key_id in keys.ids:
            _seal_again(connection, keys, key_id)
        return _lost_with(connection, f"{key_id}:")


def _lost_with(connection: Connection, prefix: str) -> Lost:
    passwords = select(func.count()).where(AppPassword.mac.startswith(prefix), AppPassword.revoked_at.is_(None))
    secrets = or_(Service.secret_mac.startswith(prefix), Service.older_secret_mac.startswith(prefix))
    names = connection.scalars(select(Service.name).where(secrets).order_by(Service.name))
    return Lost(connection.scalar(passwords) or 0, list(names))


def _seal_again(connection: Connection, keys: KeyRing, key_id: str) -> None:
    """Encrypt secrets that outlive their key with the newest one: they are kept for years."""
    for column, use in _SEALED:
        for sealed in connection.scalars(select(column).where(column.startswith(f"{key_id}:"))).all():
            anew = keys.seal(use, keys.open(use, sealed))
            connection.execute(update(column.class_).where(column == sealed).values({column: anew}))


def back_up(config: Config, target: Path) -> None:
    """Copy an SQLite database while it is in use. Raises ConfigError for PostgreSQL, which has pg_dump."""
    path = engines.file_of(config.database)
    if path is None:
        raise ConfigError("Back PostgreSQL up with pg_dump.")
    if not path.is_file():
        raise ConfigError(f"There is no database at {path}.")
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise ConfigError(f"The copy cannot be made at {target}: {error.strerror}.") from None
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except sqlite3.Error:
        target.unlink()  # a partial copy looks like a complete one
        raise
