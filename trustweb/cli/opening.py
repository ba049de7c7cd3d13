"""Shared parts of commands: opening the database, finding an account, and errors as one sentence."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from trustweb import accounts, config, faults, keys, registry, schema
from trustweb.config import Config, ConfigError
from trustweb.database import Database
from trustweb.delivery.routes import CannotMail, Routes
from trustweb.work import Work


def command_line(command: str) -> str:
    """Return the shell command that runs another command from the same place, on the same site."""
    program = Path(sys.argv[0])
    if program.suffix == ".py":
        words = [sys.executable, "-m", "trustweb.cli"]
    else:
        words = [program.name if shutil.which(program.name) == str(program) else str(program)]
    given = [f"{name}={os.environ[name]}" for name in ("TRUSTWEB_INSTANCE", "PORT") if name in os.environ]
    return f"{shlex.join([*given, *words])} {command}"


class Commands(click.Group):
    """Command group that reports errors outside the program (disk, database, settings) in one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except faults.EXPECTED as error:
            if getattr(error, "errno", None) == errno.EPIPE:  # the reader of our output has gone; click exits silently
                raise
            raise click.ClickException(faults.sentence(error)) from None


def open_database(settings: Config) -> Database:
    """Open the site's database. Raises ConfigError when the schema or the keys do not fit."""
    ring = keys.load(settings)
    database = Database(settings, ring)
    schema.check(database.engine, ring)
    return database


@contextmanager
def opened() -> Iterator[Database]:
    """Open the site's database, and close it at the end."""
    database = open_database(config.load())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def writing() -> Iterator[Work]:
    """Open the site's database for one writing transaction."""
    with opened() as database, database.writing() as work:
        yield work


@contextmanager
def writing_to(name: str) -> Iterator[tuple[Work, int]]:
    """Open a writing transaction on an account, found by name or number.

    It locks the account first, as pages do: otherwise the two could deadlock.
    """
    with opened() as database:
        with database.reading() as work:
            account_id = account_of(work, name)
        with database.writing(account_id) as work:
            yield work, account_id


def account_of(work: Work, name: str) -> int:
    """Return the id of an account, given its name or number. Raises ClickException.

    Only the number finds an account whose name, spelt in another way, belongs to an older account.
    """
    is_number = name.isascii() and name.isdecimal() and len(name) < 10
    found = accounts.credentials_by_id(work, int(name)) if is_number else accounts.credentials(work, name)
    if found is None:
        raise click.ClickException(f"There is no account {name}.")
    return found.id


def warn_of_mailbox(name: str) -> None:
    """Warn when the mail server takes no addresses like this one: mail cannot reach the account then."""
    address = accounts.clean_name(name)
    if address.isascii():  # every mail server takes those
        return
    with suppress(ConfigError):  # transports' settings may exist in the server's environment only
        settings = config.load()
        routes = Routes(registry.load(settings).transports)
        try:
            routes.check_mailbox(address)
        except CannotMail:
            click.echo(f"The mail server takes no addresses like {address}: no mail will reach it.", err=True)
