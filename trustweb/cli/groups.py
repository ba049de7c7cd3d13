"""``trustweb group``: add, remove, list."""

from __future__ import annotations

import json

import click

from trustweb.cli.opening import account_of, opened, writing
from trustweb.services import definitions, groups
from trustweb.work import Work


@click.group()
def group() -> None:
    """Groups of accounts, for services that are for some people only."""


@group.command()
@click.argument("group_name", metavar="GROUP")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
def add(group_name: str, names: tuple[str, ...]) -> None:
    """Put the accounts NAME… (or those of these numbers) into GROUP: all of them or none."""
    definitions.require_group(group_name)
    with writing() as work:
        added = groups.join(work, group_name, _accounts(work, names))
    click.echo(f"Added to {group_name}: {added}.")


@group.command()
@click.argument("group_name", metavar="GROUP")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
def remove(group_name: str, names: tuple[str, ...]) -> None:
    """Take the accounts NAME… out of GROUP. Services that are for it are closed to them at their next request."""
    definitions.require_group(group_name)
    with writing() as work:
        removed = groups.leave(work, group_name, _accounts(work, names))
    click.echo(f"Removed from {group_name}: {removed}.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_groups(as_json: bool) -> None:
    """List the groups and who is in them."""
    with opened() as database, database.reading() as work:
        found = groups.every(work)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    if not found:
        click.echo("Nobody is in a group.")
    for name, members in found.items():
        click.echo(f"{name}: {', '.join(members)}")


def _accounts(work: Work, names: tuple[str, ...]) -> set[int]:
    return {account_of(work, each) for each in names}
