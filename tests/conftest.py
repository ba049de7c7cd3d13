"""Fixtures that most tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .kit import Kit, make_template

pytest_plugins = ["tests.services"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template") / "instance")


@pytest.fixture
def make_kit(template: Path, tmp_path: Path) -> Iterator[Callable[..., Kit]]:
    """A Trustweb with settings: ``make_kit(TRUSTWEB_VOIP="block")``."""
    made: list[Kit] = []

    def make(**settings: str) -> Kit:
        made.append(Kit(template, tmp_path / f"instance{len(made)}", **settings))
        return made[-1]

    yield make
    for kit in made:
        kit.core.database.engine.dispose()


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit()
