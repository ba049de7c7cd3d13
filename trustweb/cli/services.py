"""``trustweb service``: add, apply, list, show, secret, remove, test."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any, TypeVar

import click

from trustweb.cli import service_words as words
from trustweb.cli.opening import opened, writing
from trustweb.config import ConfigError
from trustweb.database import Database
from trustweb.services import administration, definitions, listing, policy
from trustweb.services.administration import Change, Credentials
from trustweb.services.definitions import Definition
from trustweb.work import Work

Command = TypeVar("Command", bound=Callable[..., Any])
_YES = click.option("--yes", is_flag=True, help="Do it although people lose something by it.")
_JSON = click.option("--json", "as_json", is_flag=True)
_OPTIONS = (
    click.option("--title", help="The name that people read."),
    click.option("--oidc", is_flag=True, help="The door for apps that speak OpenID Connect."),
    click.option("--redirect-uri", multiple=True, metavar="URL", help="Where the app wants people sent back to."),
    click.option("--logout-redirect-uri", multiple=True, metavar="URL", help="The same, once it signed them out."),
    click.option("--logout-uri", metavar="URL", help="Where the app hears that a sign-in has ended."),
    click.option("--public", is_flag=True, help="The app cannot keep a secret, such as one on a phone."),
    click.option("--pkce", type=click.Choice(["required", "optional"]), help="optional for apps that know no PKCE."),
    click.option("--consent", is_flag=True, help="The app is somebody else's: people are asked what it may know."),
    click.option("--read-by", multiple=True, metavar="NAME", help="A service that may look at this one's tokens."),
    click.option("--browser", is_flag=True, help="The door for sites that speak nothing: their proxy asks."),
    click.option("--origin", metavar="URL", help="The address of that site."),
    click.option("--program", is_flag=True, help="The door for programs with app-specific passwords."),
    click.option("--needs", type=click.Choice(policy.NEEDS), help="The least proof of those who come in."),
    click.option("--within", metavar="TIME", help="How old that proof may be: 900, 15m, 1h."),
    click.option("--group", multiple=True, metavar="NAME", help="Only members of these groups come in."),
    click.option("--user", type=click.Choice(["id", "name"]), help="What proxies hear as the user."),
)


def _with_options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group()
def service() -> None:
    """Services that people reach with their account."""


@service.command()
@click.argument("name")
@_with_options
@_JSON
def add(name: str, as_json: bool, **given: Any) -> None:
    """Add the service NAME, and print what its app needs to name itself. The secret is shown only now."""
    values = {key.replace("_", "-"): value for key, value in given.items() if value}
    with writing() as work:
        wanted = definitions.read(name, values, work.config)
        administration.require_new(work, name)
        administration.plan(work, [wanted])
        made = administration.put(work, wanted)
    if as_json:
        click.echo(json.dumps({"name": name, **words.said(made)}))
        return
    click.echo(f"{name}: {words.doors(wanted)}")
    words.print_credentials(made)


@service.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--check", is_flag=True, help="Say what would change, and change nothing.")
@_YES
@_JSON
def apply(file: IO[str], check: bool, yes: bool, as_json: bool) -> None:
    """Make the services of FILE (a TOML, a table each) as it says: all of them or none. Others stay as they are."""
    try:
        text = file.read()
    except UnicodeDecodeError:
        raise ConfigError("The file is no text in UTF-8.") from None
    with opened() as database:
        wanted = definitions.read_file(text, database.config)
        with database.reading() as work:
            changes = administration.plan(work, wanted)
        words.print_changes(changes, err=as_json)
        if not check:
            _agree(changes, yes=yes)
        made = {} if check else _put_all(database, wanted, changes)
    if as_json:
        click.echo(
            json.dumps([words.change_said(each) | words.said(made.get(each.after.name)) for each in changes], indent=2)
        )
        return
    for name, credentials in made.items():
        click.echo(f"{name}:")
        words.print_credentials(credentials)


def _put_all(database: Database, wanted: Sequence[Definition], shown: Sequence[Change]) -> dict[str, Credentials]:
    made = {}
    with database.writing() as work:
        if any(each.hurts and each != before for each, before in _beside(work, wanted, shown)):
            raise ConfigError("Others would be kept out by now than those above; run it again.")
        for each in wanted:
            if (credentials := administration.put(work, each)) is not None:
                made[each.name] = credentials
    return made


def _beside(work: Work, wanted: Sequence[Definition], shown: Sequence[Change]) -> Iterable[tuple[Change, Change]]:
    return zip(administration.plan(work, wanted), shown, strict=True)


@service.command("list")
@_JSON
def list_services(as_json: bool) -> None:
    """List the services."""
    with opened() as database, database.reading() as work:
        found = listing.every(work)
    if as_json:
        click.echo(json.dumps([words.row(each) for each in found], indent=2))
        return
    for each in found:
        said = definitions.of(each).said()
        marks = [f"{key}: {words.plain(said[key])}" for key in ("needs", "within", "group") if key in said]
        click.echo(f"{each.name:20} {words.doors(definitions.of(each)):24} {', '.join(marks)}".rstrip())


@service.command()
@click.argument("name")
@_JSON
def show(name: str, as_json: bool) -> None:
    """Show the service NAME as a file for `service apply` would say it."""
    with opened() as database, database.reading() as work:
        use = administration.use_of(work, name)
        found = listing.by_name(work, name)
    assert found is not None
    if as_json:
        row = words.row(found) | {"people_signed_in": use.people, "app_passwords": use.app_passwords}
        click.echo(json.dumps(row, indent=2))
        return
    click.echo(f"# signed in: {use.people}, app-specific passwords: {use.app_passwords}")
    if found.client_id:
        click.echo(f"# client_id: {found.client_id}, secrets: {words.secrets(found)}")
    click.echo(f"[{name}]")
    for key, value in definitions.of(found).said().items():
        click.echo(f"{key} = {json.dumps(value, ensure_ascii=False)}")


@service.command()
@click.argument("name")
@click.option("--drop-older", is_flag=True, help="Make no new one, and let the one before the newest end.")
@_JSON
def secret(name: str, drop_older: bool, as_json: bool) -> None:
    """Make a new secret for the app of NAME. The one before stays valid until it is dropped."""
    with writing() as work:
        if drop_older:
            dropped = administration.drop_older_secret(work, name)
        else:
            made = administration.renew_secret(work, name)
    if drop_older:
        said = "The older secret is not valid any more." if dropped else "There is no older secret."
        click.echo(json.dumps({"name": name, "dropped": dropped}) if as_json else said)
    elif as_json:
        click.echo(json.dumps({"name": name, **words.said(made)}))
    else:
        words.print_credentials(made)


@service.command()
@click.argument("name")
@_YES
def remove(name: str, yes: bool) -> None:
    """Remove the service NAME, and end all that people have there: sessions, consents, app-specific passwords, ids."""
    with opened() as database:
        with database.reading() as work:
            use = administration.use_of(work, name)
        click.echo(f"Signed in to {name}: {use.people}. App-specific passwords for it: {use.app_passwords}.")
        _ask(yes=yes or not (use.people or use.app_passwords))
        with database.writing() as work:
            administration.remove(work, name)
    click.echo("It is removed. An app may keep people signed in until its own sessions end.")


@service.command("test")
@click.argument("name")
@click.option("--inner", metavar="URL", help="Where proxies reach Trustweb; by default this machine and the port.")
@_JSON
def try_out(name: str, inner: str | None, as_json: bool) -> None:
    """Play the app's part at the service NAME, over HTTP, and say what is wrong. Exits with 1 when something is."""
    from trustweb.cli import service_trial

    with opened() as database:
        config = database.config
        with database.reading() as work:
            found = listing.by_name(work, name)
    if found is None:
        raise ConfigError(f"There is no service {name}.")
    host = f"[{config.host.strip('[]')}]" if ":" in config.host else config.host
    tried = list(service_trial.play(config, found, (inner or f"http://{host}:{config.port}").rstrip("/")))
    if as_json:
        click.echo(json.dumps([{"what": each.what, "good": not each.wrong, "wrong": each.wrong} for each in tried]))
    else:
        for each in tried:
            click.echo(
                f"wrong  {each.what}: {each.wrong.removesuffix('?')}{'?' if each.wrong.endswith('?') else '.'}"
                if each.wrong
                else f"good   {each.what}"
            )
    if any(each.wrong for each in tried):
        sys.exit(1)


def _agree(changes: Sequence[Change], *, yes: bool) -> None:
    _ask(yes=yes or not any(each.hurts for each in changes))


def _ask(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("Nothing was changed. Say --yes to do it all the same.")
    click.confirm("Go on?", abort=True, err=True)
