"""``trustweb key``: rotate."""

from __future__ import annotations

import click

from trustweb.cli.opening import opened
from trustweb.services import signing_keys


@click.group()
def key() -> None:
    """The key that signs what apps are told."""


@key.command()
@click.option("--now", is_flag=True, help="It signs at once, and those before are forgotten: they were stolen.")
def rotate(now: bool) -> None:
    """Make a new key. Apps can read it from now on, and a day later it signs.

    The one before is published until the last token that it signed has ended; with --now it is not.
    """
    with opened() as database:
        kid = signing_keys.rotate(database, at_once=now)
        signs = signing_keys.current(database).kid == kid
    click.echo(f"Made key {kid}. It signs {'at once' if signs else 'a day from now'}.")
