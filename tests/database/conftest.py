"""Fixtures of the tests of the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import old_database
from tests.support.old_database import OldNames
from tests.support.services import DATABASES
from trustweb import config, keys


@pytest.fixture(params=DATABASES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldNames]:
    environ = {"TRUSTWEB_INSTANCE": str(tmp_path)}
    if request.param == "postgresql":
        environ["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    settings = config.load(environ)
    keys.make(settings)
    engine = old_database.make(settings, "0014")
    yield OldNames(settings, engine)
    engine.dispose()
