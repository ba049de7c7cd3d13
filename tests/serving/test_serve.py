"""``trustweb serve`` says that it is ready once the port is its own and the app is made."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.support.serve import STARTED, Operator
from trustweb.web.base import compiled


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Operator, list[str]]:
    """A start that fails, one that goes well, and one more before anybody has used the link."""
    operator = Operator(tmp_path_factory.mktemp("operator"))
    return operator, [
        operator.fail_to_serve(TRUSTWEB_TRANSPORTS="pigeon"),
        operator.serve_once(),
        operator.serve_once(),
    ]


def test_a_port_in_use_stops_the_start_before_anything_is_made(tmp_path: Path) -> None:
    operator = Operator(tmp_path)

    with socket.create_server(("127.0.0.1", operator.port)):
        said = operator.fail_to_serve()

    assert f"Trustweb cannot listen on 127.0.0.1:{operator.port}: Address already in use. PORT takes" in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["log0"]


def test_a_setting_that_the_app_refuses_promises_nothing(starts: tuple[Operator, list[str]]) -> None:
    _, (failed, *_) = starts

    assert "TRUSTWEB_TRANSPORTS names pigeon, and there is no such transport." in failed
    assert STARTED not in failed
    assert "link" not in failed


def test_the_set_up_link_outlives_a_start_that_failed(starts: tuple[Operator, list[str]]) -> None:
    operator, (_, said, _) = starts

    assert f"The link that makes the first account is in {operator.folder}/instance/setup-link" in said
    assert said.index("setup-link") < said.index(STARTED)


def test_templates_are_compiled_before_the_processes_begin(starts: tuple[Operator, list[str]]) -> None:
    operator, _ = starts

    assert (operator.folder / "instance" / compiled.NAME).stat().st_size > 500_000


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_an_end_that_was_asked_for_is_no_failure(tmp_path: Path, asked: signal.Signals) -> None:
    process = Operator(tmp_path).serve()
    process.wait_until(lambda: STARTED in process.output())

    began = time.monotonic()
    os.kill(process.id, asked)
    process.wait_until_done(30)
    assert time.monotonic() - began < 15  # gunicorn kills after twenty
    assert "Error" not in process.output()


def test_the_hint_for_a_lost_link_is_a_command_that_works(starts: tuple[Operator, list[str]]) -> None:
    operator, (_, _, said) = starts
    hint = said.partition("Nobody has used the set-up link yet; `")[2].partition("`")[0]
    clean = {name: value for name, value in operator.environment.items() if name != "PORT"}

    done = subprocess.run(hint, shell=True, capture_output=True, text=True, check=True, cwd=operator.folder, env=clean)

    assert hint.startswith(f"PORT={operator.port} ")
    assert done.stdout.startswith(f"http://localhost:{operator.port}/invitation/")


def test_a_site_whose_database_is_lost_is_served_once_a_new_one_was_asked_for(template: Path, tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    shutil.copytree(template, tmp_path / "instance")
    (tmp_path / "instance" / "trustweb.db").unlink()
    refused = operator.fail_to_serve()
    assert "There are keys, but there is no site in the database" in refused
    upgrade = refused.partition("run `")[2].partition("`")[0]

    subprocess.run(upgrade, shell=True, check=True, cwd=tmp_path, env=operator.environment)

    assert STARTED in operator.serve_once()


@pytest.mark.skipif(not hasattr(socket, "TCP_DEFER_ACCEPT"), reason="only Linux waits for the first word itself")
def test_connections_on_which_nobody_speaks_hold_nobody_up(starts: tuple[Operator, list[str]]) -> None:
    operator, _ = starts
    process = operator.serve()
    process.wait_until(lambda: STARTED in process.output())
    silent = [socket.create_connection(("127.0.0.1", operator.port)) for _ in range(30)]
    try:
        began = time.monotonic()
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(f"http://localhost:{operator.port}/healthz", timeout=20).status_code == 200
        assert time.monotonic() - began < 3
    finally:
        for each in silent:
            each.close()
        process.stop()
