"""How a command comes to its database, and how it says what is wrong."""

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
from trustweb.database import Database, Work
from trustweb.delivery.routes import CannotMail, Routes


def called(command: str) -> str:
    """How to call another command from where this one was called, on the same site."""
    program = Path(sys.argv[0])
    if program.suffix == ".py":
        words = [sys.executable, "-m", "trustweb.cli"]
    else:
        words = [program.name if shutil.which(program.name) == str(program) else str(program)]
    given = [f"{name}={os.environ[name]}" for name in ("TRUSTWEB_INSTANCE", "PORT") if name in os.environ]
    return f"{shlex.join([*given, *words])} {command}"


class Commands(click.Group):
    """Whatever command: of what goes wrong outside the program, an operator reads one sentence and no traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except faults.EXPECTED as error:
            if getattr(error, "errno", None) == errno.EPIPE:  # nobody reads on; click ends in silence
                raise
            raise click.ClickException(faults.sentence(error)) from None


def open_database(settings: Config) -> Database:
    ring = keys.load(settings)
    database = Database(settings, ring)
    schema.check(database.engine, ring)
    return database


@contextmanager
def opened() -> Iterator[Database]:
    database = open_database(config.load())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def writing() -> Iterator[Work]:
    with opened() as database, database.writing() as work:
        yield work


@contextmanager
def writing_to(name: str) -> Iterator[tuple[Work, int]]:
    """A transaction on an account. It locks that first, as pages do, or the two could wait for each other."""
    with opened() as database:
        with database.reading() as work:
            account_id = account_of(work, name)
        with database.writing(account_id) as work:
            yield work, account_id


def account_of(work: Work, name: str) -> int:
    """By its name, or by its number, which leads also to an account whose name leads to another one."""
    is_number = name.isascii() and name.isdecimal() and len(name) < 10
    found = accounts.credentials_again(work, int(name)) if is_number else accounts.credentials(work, name)
    if found is None:
        raise click.ClickException(f"There is no account {name}.")
    return found.id


def warn_of_mailbox(name: str) -> None:
    """Say when no mail can reach it: that is no reason against an account, but good to know."""
    address = accounts.clean_name(name)
    if address.isascii():  # mail servers take those, so none is asked
        return
    with suppress(ConfigError):  # carriers' settings may be the server's alone
        settings = config.load()
        routes = Routes(registry.load(settings).transports)
        try:
            routes.check_mailbox(address)
        except CannotMail:
            click.echo(f"The mail server takes no addresses like {address}: no mail will reach it.", err=True)
