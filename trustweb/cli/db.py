"""``trustweb db``: upgrade, backup, forget-key, believe-clock."""

from __future__ import annotations

from pathlib import Path

import click

from trustweb import clock_correction, config, keys, schema
from trustweb.cli.opening import command_line, open_database
from trustweb.config import Config
from trustweb.keys import KeyRing
from trustweb.web.base import compiled


@click.group()
def db() -> None:
    """The database and the keys."""


@db.command()
def upgrade() -> None:
    """Make the instance folder, the keys and the tables, or bring them up to date.

    `trustweb serve` does the same, but does not begin a new site where there are keys of an older one.
    """
    bring_up_to_date(config.load())


@db.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
def back_up(target: Path) -> None:
    """Copy the SQLite database to TARGET while it is in use. Keep the keys too, elsewhere."""
    schema.back_up(config.load(), target)


@db.command("believe-clock")
def believe_clock() -> None:
    """Go back to the machine's time, after it ran ahead. Stop the site first.

    Everybody has to sign in again; what waits for that future, or would be good until then, goes back with it.
    """
    settings = config.load()
    open_database(settings).close()
    ahead = clock_correction.correct(settings)
    click.echo(f"The site's time went back by {ahead}." if ahead else "The site's time is not ahead of the clock.")


@db.command("forget-key")
@click.argument("key_id")
def forget_key(key_id: str) -> None:
    """Let the database do without key KEY_ID, once a newer one has been in use for a day."""
    lost = schema.forget_key(config.load(), key_id)
    if lost.app_passwords:
        click.echo(
            f"App-specific passwords that were made with it and stop working: {lost.app_passwords}. Ask for new ones."
        )
    for name in lost.services:
        renew = command_line(f"service secret {name}")
        click.echo(f"A secret of the app {name} was made with it and stops working: `{renew}` makes a new one.")


def refuse_a_lost_database(settings: Config) -> None:
    """Refuse to begin a new site where there are keys of an older one. Raises ConfigError.

    Its database may be lost or not mounted yet; anybody who comes first could set up an empty site in its place.
    """
    if keys.exist(settings) and schema.keys_in_use(settings) is None:
        raise config.ConfigError(
            "There are keys, but there is no site in the database: bring the database back, or name it in "
            f"TRUSTWEB_DATABASE_URL. To begin a new site with these keys, run `{command_line('db upgrade')}`."
        )


def bring_up_to_date(settings: Config) -> None:
    """Make the instance folder, the keys and the tables, or migrate them. Raises ConfigError."""
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (used := schema.keys_in_use(settings)) and not keys.exist(settings):
        raise config.ConfigError(f"The database uses key {min(used)}, and there are no keys at {settings.key_file}.")
    if keys.make(settings):
        click.echo(
            f"Made the keys: {settings.key_file}. Cookies and codes under way depend on them; keep a copy.", err=True
        )
    ring = keys.load(settings)
    schema.upgrade(settings, ring)
    _compile_templates(settings, ring)


def _compile_templates(settings: Config, ring: KeyRing) -> None:
    if compiled.load(settings, ring).code:
        return
    from trustweb.web import pages  # late: most starts compile nothing

    try:
        pages.compile_templates(settings, ring)
    except OSError as error:  # a folder that is only read, a full disk: pages do without
        click.echo(f"The compiled templates cannot be kept: {error.strerror}.", err=True)
