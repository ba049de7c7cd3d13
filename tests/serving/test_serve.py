"""``trustweb serve``: it promises nothing before the port is its own and the app is made."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.support.paths import RECORDING
from tests.support.processes import Process, free_port
from tests.support.site import NOT_OURS
from trustweb.web.base import compiled

PROMISE = "Trustweb is at"
TRUSTWEB = Path(sys.executable).with_name("trustweb")


@dataclass
class House:
    """A folder in which somebody calls ``trustweb serve``, with a carrier and without a terminal."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        return clean | {"PORT": str(self.port), "TRUSTWEB_PLUGINS": str(RECORDING)}

    def serve(self, **settings: str) -> Process:
        log = self.folder / f"log{len(list(self.folder.glob('log*')))}"
        program = os.path.relpath(TRUSTWEB, self.folder)  # as make says it
        return Process([program, "serve"], log, environment=self.environment | settings, folder=self.folder)

    def served(self) -> str:
        """What a start that goes well says."""
        process = self.serve()
        process.wait_until(lambda: PROMISE in process.output())
        process.stop()
        return process.output()

    def refused(self, **settings: str) -> str:
        process = self.serve(**settings)
        with pytest.raises(RuntimeError, match="ended with"):
            process.wait_until_done(20)
        return process.output()


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, list[str]]:
    """A start that fails, one that goes well, and one more before anybody has used the link."""
    house = House(tmp_path_factory.mktemp("house"))
    return house, [house.refused(TRUSTWEB_TRANSPORTS="pigeon"), house.served(), house.served()]


def test_a_port_in_use_stops_the_start_before_anything_is_made(tmp_path: Path) -> None:
    house = House(tmp_path)

    with socket.create_server(("127.0.0.1", house.port)):
        said = house.refused()

    assert f"Trustweb cannot listen on 127.0.0.1:{house.port}: Address already in use. PORT takes" in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["log0"]


def test_a_setting_that_the_app_refuses_promises_nothing(starts: tuple[House, list[str]]) -> None:
    _, (failed, *_) = starts

    assert "TRUSTWEB_TRANSPORTS names pigeon, and there is no such transport." in failed
    assert PROMISE not in failed
    assert "link" not in failed


def test_the_set_up_link_outlives_a_start_that_failed(starts: tuple[House, list[str]]) -> None:
    house, (_, said, _) = starts

    assert f"The link that makes the first account is in {house.folder}/instance/setup-link" in said
    assert said.index("setup-link") < said.index(PROMISE)


def test_templates_are_compiled_before_the_processes_begin(starts: tuple[House, list[str]]) -> None:
    house, _ = starts

    assert (house.folder / "instance" / compiled.NAME).stat().st_size > 500_000


def test_the_hint_for_a_lost_link_is_a_command_that_works(starts: tuple[House, list[str]]) -> None:
    house, (_, _, said) = starts
    hint = said.partition("Nobody has used the set-up link yet; `")[2].partition("`")[0]
    clean = {name: value for name, value in house.environment.items() if name != "PORT"}

    done = subprocess.run(hint, shell=True, capture_output=True, text=True, check=True, cwd=house.folder, env=clean)

    assert hint.startswith(f"PORT={house.port} ")
    assert done.stdout.startswith(f"http://localhost:{house.port}/invitation/")


def test_a_site_whose_database_is_lost_is_served_once_a_new_one_was_asked_for(template: Path, tmp_path: Path) -> None:
    house = House(tmp_path)
    shutil.copytree(template, tmp_path / "instance")
    (tmp_path / "instance" / "trustweb.db").unlink()
    refused = house.refused()
    assert "There are keys, but there is no site in the database" in refused
    upgrade = refused.partition("run `")[2].partition("`")[0]

    subprocess.run(upgrade, shell=True, check=True, cwd=tmp_path, env=house.environment)

    assert PROMISE in house.served()


@pytest.mark.skipif(not hasattr(socket, "TCP_DEFER_ACCEPT"), reason="only Linux waits for the first word itself")
def test_connections_on_which_nobody_speaks_hold_nobody_up(starts: tuple[House, list[str]]) -> None:
    house, _ = starts
    process = house.serve()
    process.wait_until(lambda: PROMISE in process.output())
    silent = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(30)]
    try:
        began = time.monotonic()
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(f"http://localhost:{house.port}/healthz", timeout=20).status_code == 200
        assert time.monotonic() - began < 3
    finally:
        for each in silent:
            each.close()
        process.stop()
