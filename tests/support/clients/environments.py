"""Programs from PyPI and npm, each in an environment of its own: made from pins by ``python -m tests.support.clients``.

Their dependencies are not ours, and one would not stand beside another.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT

PINS = ROOT / "requirements" / "clients"
HOME = Path(sys.prefix) / "clients"
NODE_PACKAGES = "openid-client"
PYTHON_PACKAGES = ("flask-authlib", "django", "synapse", "node")
NAMES = (*PYTHON_PACKAGES, NODE_PACKAGES)


def folder_of(name: str) -> Path:
    """Return where it is, or end the test that asks: a failure in CI, a skip that says why at home."""
    import pytest

    if not is_made(name):
        message = f"The packages of {name} are not on this machine: make clients"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return HOME / name


def program(name: str, command: str) -> Path:
    return folder_of(name) / "bin" / command


def pins(name: str) -> list[Path]:
    if name == NODE_PACKAGES:
        return [PINS / name / "package.json", PINS / name / "package-lock.json"]
    return [PINS / f"{name}.txt"]


def _wanted(name: str) -> str:
    # A new Python needs new packages too.
    parts = [sys.version.encode(), *(each.read_bytes() for each in pins(name))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_made(name: str) -> bool:
    made = HOME / name / "made-from"
    return made.is_file() and made.read_text() == _wanted(name)


def make(name: str) -> None:
    """Make it anew where its pins have changed, one process at a time."""
    with _alone(name):
        if not is_made(name):
            shutil.rmtree(HOME / name, ignore_errors=True)
            (_make_for_node if name == NODE_PACKAGES else _make_for_python)(name)
            (HOME / name / "made-from").write_text(_wanted(name))


def npm(*arguments: str, folder: Path) -> None:
    """Run npm on the pinned Node.js, without what the machine's owner has configured but for where packages are."""
    programs = HOME / "node" / "bin"
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    _run([programs / "npm", *arguments, "--ignore-scripts", "--no-audit", "--no-fund"], folder, PATH=path)


def _make_for_python(name: str) -> None:
    uv, python = Path(sys.prefix) / "bin" / "uv", HOME / name / "bin" / "python"
    _run([uv, "venv", "--quiet", "--python", sys.executable, HOME / name], ROOT)
    install = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes"]
    # Compiled now, and not while a test waits for the program.
    install += ["--only-binary", ":all:", "--compile-bytecode"]
    _run([*install, *(argument for file in pins(name) for argument in ("-r", file))], ROOT)


def _make_for_node(name: str) -> None:
    make("node")
    (HOME / name).mkdir()
    for each in pins(name):
        shutil.copy(each, HOME / name)
    npm("ci", folder=HOME / name)


def _run(command: list[str | Path], folder: Path, **environment: str) -> None:
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-2000:]}")


@contextmanager
def _alone(name: str) -> Iterator[None]:
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
