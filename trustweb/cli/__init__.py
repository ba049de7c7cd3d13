"""``trustweb``: serve, worker, account, transports, db, journal, service, group, key."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

import click

from trustweb import accounts, config, endings, invitations, keys, logs, registry, schema
from trustweb.authentication import open_recovery, passwords, sign_in
from trustweb.cli.db import bring_up_to_date, db, refuse_a_lost_database
from trustweb.cli.groups import group
from trustweb.cli.journal import journal
from trustweb.cli.opening import Commands, command_line, warn_of_mailbox, writing, writing_to
from trustweb.cli.services import service
from trustweb.cli.signing import key
from trustweb.factors import addresses, app_passwords
from trustweb.recovery import operator_link
from trustweb.work import Refused


@click.group(cls=Commands, help="A self-hosted account-security centre.")
@click.version_option(package_name="trustweb", prog_name="trustweb")
def main() -> None:
    pass


main.add_command(db)
main.add_command(journal)
main.add_command(service)
main.add_command(group)
main.add_command(key)


@main.command()
def serve() -> None:
    """Bring the database up to date and serve the site (gunicorn)."""
    from trustweb import serving
    from trustweb.web import pages  # noqa: F401 - imported before the fork, so that processes share its memory

    settings = config.load()
    with serving.listen(settings) as listener:
        refuse_a_lost_database(settings)
        bring_up_to_date(settings)
        lost_link = command_line("account set-up-link")
        os.environ["TRUSTWEB_INSTANCE"] = str(settings.instance)
        serving.Server(settings, listener, lost_link).run()


@main.command()
def worker() -> None:
    """Send messages, as many processes as you like beside the web ones."""
    from trustweb.core import Core

    settings = config.load()
    logs.set_up(settings.log_level)
    ring = keys.load(settings)
    core = Core(settings, ring, registry.load(settings))
    schema.check(core.database.engine, ring)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    core.queue.start()
    click.echo("worker: ready", err=True)
    stop.wait()
    core.queue.stop()


@main.command()
def transports() -> None:
    """Say which transports are on, which are off and why, and which failed."""
    found = registry.load(config.load()).found
    for each in found:
        click.echo(f"{each.name:16} {each.state:7} {each.why}".rstrip())
    if any(each.state == "failed" for each in found):
        sys.exit(1)


@main.group()
def account() -> None:
    """Accounts and invitations."""


@account.command()
@click.argument("name", required=False)
@click.option("--operator", is_flag=True, help="The account may look after the site.")
def invite(name: str | None, operator: bool) -> None:
    """Print a one-use link that makes an account, for NAME or for whoever has it."""
    with writing() as work:
        role = accounts.OPERATOR if operator else accounts.PERSON
        try:
            token = invitations.make(work, name=name, role=role)
        except accounts.NameRefused:
            raise click.ClickException(f"{name} is not an e-mail address.") from None
        link = f"{work.config.origin}/invitation/{token}"
    click.echo(link)  # after the commit
    if name:
        warn_of_mailbox(name)


@account.command("set-up-link")
def set_up_link() -> None:
    """Print a new set-up link when the first one was lost; the old one stops working."""
    with writing() as work:
        token = invitations.renew_set_up_link(work)
        if token is None:
            raise click.ClickException(f"There is an account already: use `{command_line('account invite')}`.")
        link = f"{work.config.origin}/invitation/{token}"
    click.echo(link)


@account.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_accounts(as_json: bool) -> None:
    """List the accounts."""
    with writing() as work:
        rows = [
            {
                "number": each.id,
                "name": each.name,
                "signs_in": accounts.is_found(each),
                "role": each.role,
                "two_factor": each.two_factor_since is not None,
                "disabled": each.disabled_at is not None,
                "deletes_at": each.deletes_at.isoformat() if each.deletes_at else None,
            }
            for each in accounts.listed(work)
        ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        marks = ["two-factor" if row["two_factor"] else "password only"] + (["disabled"] if row["disabled"] else [])
        marks += [] if row["signs_in"] else [f"its name leads to another account: `account rename {row['number']} NEW`"]
        marks += [f"will be deleted at {row['deletes_at']}"] if row["deletes_at"] else []
        click.echo(f"{row['name']:40} {row['role']:9} {', '.join(marks)}")


@account.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let the account sign in again.")
def disable(name: str, undo: bool) -> None:
    """Keep NAME from signing in, end its sessions and revoke its app-specific passwords."""
    with writing_to(name) as (work, account_id):
        accounts.disable(work, account_id, not undo)
        endings.end_all(work, account_id)
        open_recovery.end_all(work, account_id)
        app_passwords.revoke_all(work, account_id)


@account.command()
@click.argument("name")
@click.argument("new")
def rename(name: str, new: str) -> None:
    """Give NAME (or the account of that number) the address NEW. Nobody has to prove it; NAME is told."""
    with writing_to(name) as (work, account_id):
        try:
            addresses.rename(work, account_id, new)
        except accounts.NameRefused:
            raise click.ClickException(f"{new} is not an e-mail address.") from None
        except accounts.NameTaken:
            raise click.ClickException(f"Another account has the address {new}.") from None
    warn_of_mailbox(new)


@account.command()
@click.argument("name")
def recover(name: str) -> None:
    """Print a one-use link for NAME, who has lost every way to sign in: with it they begin anew.

    Give it to nobody whom you have not recognised, in person or as you always do. NAME is told of it.
    """
    with writing_to(name) as (work, account_id):
        link = f"{work.config.origin}/recovery/{operator_link.make(work, account_id)}"
    click.echo(link)


@account.command()
@click.argument("name")
def password(name: str) -> None:
    """Ask for a new password for NAME (or read it from a pipe) and end its sessions."""
    settings = config.load()
    new = click.prompt("New password", hide_input=True, confirmation_prompt=True) if sys.stdin.isatty() else ""
    new = new or sys.stdin.readline().rstrip("\n")
    try:
        passwords.check_new(settings, new, name)
    except Refused as refused:
        raise click.ClickException(f"This password is refused: {getattr(refused, 'reason', refused)}.") from None
    hashed = passwords.Hasher(settings).hash(new)
    with writing_to(name) as (work, account_id):
        sign_in.set_password(work, account_id, hashed)
