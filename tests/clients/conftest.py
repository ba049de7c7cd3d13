"""One site and one Chromium for the programs of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.clients.town import Town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("town")) as town:
        yield town
