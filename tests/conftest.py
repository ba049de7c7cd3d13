"""Fixtures that most tests share."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.support.kit import Kit, make_template

pytest_plugins = ["tests.support.quick", "tests.support.services", "tests.support.fixtures"]


def pytest_collection_finish() -> None:
    """Leave alone what collecting made: else the garbage collector looks through all of it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template") / "instance")


@pytest.fixture(scope="session")
def idle_kits() -> Iterator[dict[tuple, list[Kit]]]:
    """Kits that no test uses just now, by their settings."""
    kits: dict[tuple, list[Kit]] = {}
    yield kits
    for kit in chain(*kits.values()):
        kit.core.database.close()


@pytest.fixture
def make_kit(
    template: Path, tmp_path_factory: pytest.TempPathFactory, idle_kits: dict[tuple, list[Kit]]
) -> Iterator[Callable[..., Kit]]:
    """A Trustweb with settings: ``make_kit(TRUSTWEB_VOIP="block")``."""
    used: list[tuple[tuple, Kit]] = []

    def make(**settings: str) -> Kit:
        key = tuple(sorted(settings.items()))
        idle = idle_kits.setdefault(key, [])
        kit = idle.pop() if idle else Kit(template, tmp_path_factory.mktemp("kit") / "instance", **settings)
        used.append((key, kit))
        kit.renew()
        return kit

    yield make
    for key, kit in used:
        idle_kits[key].append(kit)


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit()
