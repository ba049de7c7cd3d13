"""The words of the commands about services, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from trustweb.models import ServiceView
from trustweb.services import definitions
from trustweb.services.administration import Change, Credentials
from trustweb.services.definitions import Definition

_MOST_NAMES = 10


def print_changes(changes: Sequence[Change], *, err: bool) -> None:
    for each in changes:
        click.echo(f"{each.after.name}: {_in_words(each)}", err=err)
        if each.kept_out:
            names = ", ".join(each.kept_out[:_MOST_NAMES]) + (", …" if len(each.kept_out) > _MOST_NAMES else "")
            click.echo(f"  Could not come in any more: {len(each.kept_out)} ({names}).", err=err)
        if each.app_passwords:
            click.echo(f"  App-specific passwords that are revoked: {each.app_passwords}.", err=err)


def _in_words(change: Change) -> str:
    if change.before is None:
        return f"new ({doors(change.after)})"
    parts = [f"{key}: {plain(old)} → {plain(new)}" for key, (old, new) in change.differs.items()]
    return "; ".join(parts) or "as it is"


def change_said(change: Change) -> dict[str, object]:
    state = "new" if change.before is None else "changed" if change.differs else "same"
    return {
        "name": change.after.name,
        "state": state,
        "changes": {key: {"from": old, "to": new} for key, (old, new) in change.differs.items()},
        "kept_out": len(change.kept_out),
        "app_passwords_revoked": change.app_passwords,
    }


def plain(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(value) if isinstance(value, list) else str(value).lower() if value is True else str(value)


def doors(service: Definition) -> str:
    return ", ".join(each for each in ("oidc", "browser", "program") if getattr(service, each))


def row(found: ServiceView) -> dict[str, Any]:
    values = {key: getattr(found, field) for key, field in definitions.KEYS.items()}
    return {"name": found.name, **values, "client_id": found.client_id, "secrets": secrets(found)}


def secrets(found: ServiceView) -> int:
    return sum(each is not None for each in (found.secret_mac, found.older_secret_mac))


def said(made: Credentials | None) -> dict[str, str]:
    if made is None:
        return {}
    secret = {} if made.client_secret is None else {"client_secret": made.client_secret}
    return {"client_id": made.client_id, **secret}


def print_credentials(made: Credentials | None) -> None:
    for key, value in said(made).items():
        click.echo(f"  {key}: {value}")
