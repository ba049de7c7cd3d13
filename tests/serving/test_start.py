"""The start of a process: it imports nothing that only a rare request needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import RECORDING, ROOT
from tests.support.site import NOT_OURS

pytest_plugins = ["tests.support.fixtures"]
RARE = [
    "alembic", "authlib", "email_validator", "http_ece", "huey", "joserfc", "maxminddb", "psycopg", "pydantic",
    "redis", "requests", "segno", "sqlalchemy.dialects.postgresql", "vonage", "webauthn", "zxcvbn",
]  # fmt: skip
PROGRAM = "import sys, {}; print(*[name for name in sys.argv[1:] if name in sys.modules])"


def imported(module: str, folder: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    environ = clean | {"TRUSTWEB_INSTANCE": str(folder), "TRUSTWEB_PLUGINS": str(RECORDING)}
    command = [sys.executable, "-c", PROGRAM.format(module), *RARE]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environ, cwd=ROOT).stdout.strip()


@pytest.mark.parametrize("module", ["trustweb.wsgi", "trustweb.cli", "trustweb.serving"])
def test_what_is_rarely_needed_is_imported_when_it_is(folder: Path, module: str) -> None:
    assert imported(module, folder) == ""
