"""``trustweb service`` and ``trustweb group`` on a kit's site, and what they leave in the database."""

from __future__ import annotations

import json
import os
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import delete, select

from tests.support.kit import Kit
from trustweb.cli import main
from trustweb.models import Service
from trustweb.services import definitions, listing
from trustweb.services.definitions import Definition

PHOTOS = ("photos", "--oidc", "--redirect-uri", "https://photos.example.com/callback")


def run(kit: Kit, *arguments: str, typed: str = "") -> Result:
    """Run a command; it goes by the machine's clock (``kit_now``)."""
    environ = {name: str(value) for name, value in kit.core.config.environment.items() if name.startswith("TRUSTWEB_")}
    clean = {name: None for name in os.environ if name.startswith("TRUSTWEB_")}
    return CliRunner().invoke(main, arguments, input=typed, env=clean | environ)


def done(kit: Kit, *arguments: str, typed: str = "") -> str:
    """Run a command that works, and return what it prints."""
    ran = run(kit, *arguments, typed=typed)
    assert ran.exit_code == 0, (ran.output, ran.exception)
    return ran.stdout


def refused(kit: Kit, *arguments: str, typed: str = "") -> str:
    """Run a command that changes nothing, and return its one sentence."""
    before = rows(kit)
    ran = run(kit, *arguments, typed=typed)
    assert ran.exit_code == 1, ran.output
    assert rows(kit) == before
    return ran.stderr.strip().rpartition("\n")[2]


def said(kit: Kit, *arguments: str, typed: str = "") -> Any:
    """Run a command that works, and return the JSON that it prints."""
    return json.loads(done(kit, *arguments, "--json", typed=typed))


def rows(kit: Kit) -> list[tuple[object, ...]]:
    """All that the database knows of services."""
    with kit.core.database.reading() as work:
        return [tuple(each) for each in work.db.execute(select(*Service.__table__.columns).order_by(Service.id))]


def none(kit: Kit) -> None:
    """Begin with no service."""
    with kit.core.database.writing() as work:
        work.db.execute(delete(Service))


def definition(kit: Kit, name: str) -> Definition:
    with kit.core.database.reading() as work:
        found = listing.by_name(work, name)
    assert found is not None
    return definitions.of(found)
