"""The instance folder of a site that is stopped, and the commands that an operator runs on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from tests.support.kit import ALICE
from tests.support.paths import RECORDING, ROOT
from tests.support.processes import free_port
from tests.support.site import NOT_OURS
from trustweb import cli

PLUGINS = {"TRUSTWEB_PLUGINS": str(RECORDING)}
BEFORE = ("journal", "prune", "--before", "2026-01-01")
COMMANDS = [
    ("serve",), ("worker",), ("db", "upgrade"), ("db", "forget-key", "a"), ("db", "believe-clock"), ("account", "list"),
    ("account", "invite"), ("account", "set-up-link"), ("account", "disable", ALICE), ("account", "recover", ALICE),
    ("journal", "verify"), ("journal", "verify", ALICE), BEFORE,
]  # fmt: skip
READING = {"worker", "verify", "prune", "believe-clock", ALICE}
WRITING = [each for each in COMMANDS if not READING & set(each)]


def run(folder: Path, *command: str, **settings: str) -> Result:
    environ = {"TRUSTWEB_INSTANCE": str(folder), "PORT": str(free_port())} | PLUGINS | settings
    return CliRunner().invoke(cli.main, command, env=environ)


def sentence(said: Result) -> str:
    """Return what a command says, which is one sentence."""
    assert said.exit_code == 1
    assert isinstance(said.exception, SystemExit)
    assert (said.stdout, said.stderr.count("\n")) == ("", 1), said.output
    return said.stderr


def without_room(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A limit on the size of files, as long as the command runs, in the place of a full disk."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    program = f'ulimit -f 1; exec "{sys.executable}" -m trustweb.cli "$@"'
    settings = {"TRUSTWEB_INSTANCE": str(folder), "PORT": str(free_port())} | PLUGINS
    return subprocess.run(
        ["sh", "-c", program, "sh", *command], capture_output=True, text=True, check=False, env=clean | settings,
        cwd=ROOT, timeout=60,
    )  # fmt: skip
