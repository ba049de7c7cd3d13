"""Footings for the tests of the domain: both databases, two carriers, and what is logged."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trustweb import config, keys, schema

from .asking import OFTEN
from .kit import Kit


@pytest.fixture(params=["sqlite", "postgresql"])
def racing(request: pytest.FixtureRequest, template, make_kit: Callable[..., Kit]) -> Kit:
    """A kit whose writers really meet: SQLite lets in one at a time, PostgreSQL all of them."""
    if request.param == "sqlite":
        return make_kit()
    url = request.getfixturevalue("postgres").new_database()
    there = config.load({"TRUSTWEB_INSTANCE": str(template), "TRUSTWEB_DATABASE_URL": url})
    schema.upgrade(there, keys.load(there))
    return make_kit(TRUSTWEB_DATABASE_URL=url)


@pytest.fixture
def two(make_kit: Callable[..., Kit], tmp_path: Path) -> Kit:
    """A site with two carriers of texts."""
    plugins = shutil.copytree(Path(__file__).parent / "plugins", tmp_path / "plugins")
    shutil.copy(Path(__file__).parent / "spare_carrier.py", plugins)
    return make_kit(**OFTEN, TRUSTWEB_PLUGINS=str(plugins), TRUSTWEB_TRANSPORTS="recording_texts,spare_texts")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Everything that is logged, with all that a formatter could print of it."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f"{record.getMessage()} {vars(record)}")
    logging.getLogger("trustweb").addHandler(handler)
    yield lines
    logging.getLogger("trustweb").removeHandler(handler)
