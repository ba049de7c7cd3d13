"""Accounts: invited, made operators, in German, and served by ``trustweb account``."""

from __future__ import annotations

import os

from click.testing import CliRunner, Result
from sqlalchemy import update

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, PASSWORD, Kit
from trustweb import accounts, invitations
from trustweb.cli import main
from trustweb.models import Account


def invitation_link(kit: Kit, name: str | None = None) -> str:
    with kit.core.database.writing() as work:
        return f"/invitation/{invitations.make(work, name=name)}"


def accept_invitation(visitor: Visitor, link: str, name: str = ALICE, password: str = PASSWORD) -> Visitor:
    return visitor.get(link).submit("Continue", account=name, password=password)


def make_operators(kit: Kit, *names: str) -> list[int]:
    """Make accounts of operators, and return their ids."""
    ids = [kit.account(name).id for name in names]
    with kit.core.database.writing() as work:
        work.db.execute(update(Account).where(Account.id.in_(ids)).values(role=accounts.OPERATOR))
    return ids


def make_german(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(Account).where(Account.id == account.id).values(language="de"))


def account_command(kit: Kit, *arguments: str, typed: str = "") -> Result:
    """Run ``trustweb account …`` on the kit's instance folder; it goes by the machine's clock (``kit_now``)."""
    clean = {name: None for name in os.environ if name.startswith(("TRUSTWEB_", "VONAGE_", "PORT"))}
    plugins = kit.core.config.plugins
    environ = {"TRUSTWEB_INSTANCE": str(kit.core.config.instance), "TRUSTWEB_PLUGINS": plugins}
    return CliRunner().invoke(main, ["account", *arguments], input=typed, env=clean | environ)
