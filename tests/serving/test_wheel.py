"""The wheel, installed into another environment; and a checkout that is not set up."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.http_client import Visitor
from tests.support.paths import ROOT
from tests.support.processes import Process, free_port
from tests.support.site import NOT_OURS


def uv(*arguments: str | Path) -> None:
    command = [Path(sys.executable).with_name("uv"), *arguments, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert not done.returncode, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--wheel", "--out-dir", folder)
    return next(folder.glob("trustweb-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its `trustweb`. What it depends on is lent by this environment; that saves half a minute."""
    venv = tmp_path_factory.mktemp("elsewhere") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    uv("pip", "install", "--python", venv / "bin" / "python", "--no-deps", wheel)
    own = next(venv.glob("lib/python*/site-packages"))
    (own / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return venv / "bin" / "trustweb"


def environment(**settings: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)} | settings


@pytest.fixture(scope="module")
def served(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Process]]:
    folder, port = tmp_path_factory.mktemp("home"), free_port()
    settings = environment(TRUSTWEB_DEMO="1", PORT=str(port), TRUSTWEB_INSTANCE=str(folder / "instance"))
    process = Process([installed, "serve"], folder / "log", environment=settings, folder=folder)
    process.wait_until(lambda: "Trustweb is at" in process.output(), seconds=60)
    yield f"http://localhost:{port}", process
    process.stop()


def test_the_wheel_holds_the_product_and_no_tests(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()

    for needed in ("plugins/handset.py", "templates/base.html", "static/trustweb.css", "py.typed"):
        assert f"trustweb/{needed}" in names
    assert any(name.startswith("trustweb/migrations/versions/") for name in names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"trustweb"}
    assert not [name for name in names if "test" in name or name.endswith((".pyc", ".db")) or "instance/" in name]


def test_it_says_its_version(installed: Path, wheel: Path, tmp_path: Path) -> None:
    said = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    assert wheel.name.split("-")[1] in said


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    ask = [installed.with_name("python"), "-c", "import trustweb; print(trustweb.__file__)"]

    said = subprocess.run(ask, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    assert said.startswith(str(installed.parent.parent))


def test_it_serves_the_sign_in_page_with_its_style(served: tuple[str, Process]) -> None:
    visitor = Visitor(served[0]).get("/sign-in")
    style = next(node.get("href") for node in visitor.page.all("link") if node.get("rel") == "stylesheet")

    assert (visitor.status, visitor.buttons) == (200, ["Sign In"])
    assert (Visitor(served[0]).get(style).status, visitor.get("/handset/").status) == (200, 200)


def test_it_offers_the_set_up_link_and_speaks_german(served: tuple[str, Process]) -> None:
    link = next(line for line in served[1].output().splitlines() if "/invitation/" in line).split()[-1]

    page = Visitor(served[0], headers={"Accept-Language": "de"}).get(link.removeprefix(served[0]))

    assert (page.status, "Weiter" in page.buttons) == (200, True)


def test_gunicorn_refuses_an_instance_that_is_not_set_up_in_one_sentence(tmp_path: Path) -> None:
    settings = environment(TRUSTWEB_DEMO="1", TRUSTWEB_INSTANCE=str(tmp_path / "instance"))
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{free_port()}",
        "--no-control-socket",
        "wsgi:app",
    ]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=settings, timeout=30)

    assert done.returncode
    assert done.stderr.count("run `trustweb db upgrade` first.") == 1
    assert "Traceback" not in done.stderr


def test_gunicorn_refuses_a_database_that_is_lost_in_one_sentence(tmp_path: Path) -> None:
    settings = environment(TRUSTWEB_DEMO="1", TRUSTWEB_INSTANCE=str(tmp_path / "instance"))
    trustweb = [sys.executable, "-m", "trustweb.cli"]
    subprocess.run([*trustweb, "db", "upgrade"], check=True, capture_output=True, cwd=ROOT, env=settings)
    (tmp_path / "instance" / "trustweb.db").unlink()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{free_port()}",
        "--no-control-socket",
        "wsgi:app",
    ]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=settings, timeout=30)

    assert done.returncode
    assert done.stderr.count("trustweb.db: bring it back, or make one with `trustweb db upgrade`.") == 1
    assert "Traceback" not in done.stderr
