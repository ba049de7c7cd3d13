"""Compiled templates: made by an upgrade, only read by web processes, and taken from nobody else."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.support.instance_folder import PLUGINS, run
from tests.support.paths import TEMPLATES
from trustweb import config, create_app, keys
from trustweb.web.base import compiled
from trustweb.web.base.compiled import Compiled

pytestmark = pytest.mark.slow

pytest_plugins = ["tests.support.fixtures"]
PAGE = "error/page.html"
PLANTED = "planted"


def app_of(folder: Path) -> Flask:
    return create_app(PLUGINS | {"TRUSTWEB_INSTANCE": str(folder), "TRUSTWEB_WORKER": "0"})


def page(folder: Path) -> str:
    return app_of(folder).test_client().get("/nowhere", base_url="http://localhost:8000").text


def kept(folder: Path) -> dict[str, bytes]:
    settings = config.load({"TRUSTWEB_INSTANCE": str(folder)})
    return compiled.load(settings, keys.load(settings)).code


def plant(folder: Path, *, changed: str = "", path: str = "") -> Path:
    """Save code for a page that says something else: whoever reads it, shows it. It was made with the site's keys, from
    the template, or from what that was before it changed."""
    environment = app_of(folder).jinja_env
    source, here, _ = environment.loader.get_source(environment, PAGE)  # type: ignore[union-attr]
    path = path or here
    bucket = Compiled().get_bucket(environment, PAGE, path, source + changed)
    bucket.code = environment.compile(PLANTED, PAGE, path)
    settings = config.load({"TRUSTWEB_INSTANCE": str(folder)})
    compiled.save(settings, keys.load(settings), Compiled({bucket.key: bucket.bytecode_to_string()}), compiled.stamp())
    return folder / compiled.NAME


@pytest.fixture
def file(folder: Path) -> Path:
    return plant(folder)


def test_what_was_compiled_is_not_compiled_again(folder: Path, file: Path) -> None:
    assert page(folder) == PLANTED
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_a_copy_of_the_program_elsewhere_has_compiled_is_used(folder: Path) -> None:
    plant(folder, path="/elsewhere/templates/error/page.html")

    assert page(folder) == PLANTED


def test_templates_that_changed_while_they_were_compiled_are_not_kept(folder: Path) -> None:
    settings = config.load({"TRUSTWEB_INSTANCE": str(folder)})

    compiled.save(settings, keys.load(settings), Compiled({"page": b"code"}), "the files before")

    assert not (folder / compiled.NAME).exists()


def test_an_upgrade_compiles_every_page_once(folder: Path) -> None:
    assert run(folder, "db", "upgrade").exit_code == 0
    made = (folder / compiled.NAME).stat()

    assert len(kept(folder)) == len(list(TEMPLATES.rglob("*.html")))
    assert run(folder, "db", "upgrade").exit_code == 0
    assert (folder / compiled.NAME).stat() == made


def test_an_upgrade_goes_on_where_nothing_can_be_kept(folder: Path) -> None:
    (folder / compiled.NAME).mkdir()

    done = run(folder, "db", "upgrade")

    assert (done.exit_code, done.stderr) == (0, "The compiled templates cannot be kept: Is a directory.\n")


def test_a_web_process_makes_none(folder: Path) -> None:
    assert PLANTED not in page(folder)

    assert not (folder / compiled.NAME).exists()


# What they depend on


def test_a_template_that_has_changed_since_is_compiled(folder: Path) -> None:
    plant(folder, changed="{# before #}")

    assert PLANTED not in page(folder)


def test_other_keys_and_another_version_have_other_ones(folder: Path, file: Path) -> None:
    body = file.read_bytes().partition(b"\n")[2]
    settings = config.load({"TRUSTWEB_INSTANCE": str(folder)})
    ring = keys.load(settings)
    assert compiled.load(settings, ring).code

    for keys_, use, stamp in (
        (ring, "compiled templates", "another version"),
        (ring, "another use", compiled.stamp()),
        (keys.parse(f"a:{'A' * 43}="), "compiled templates", compiled.stamp()),
    ):
        signature = keys_.token(use, f"{stamp} {hashlib.sha256(body).hexdigest()}")
        file.write_bytes(signature.encode() + b"\n" + body)
        assert compiled.load(settings, ring).code == {}


@pytest.mark.parametrize("name", ["base/templates.py", "pages.py", "page.html", "passkeys.js", "look.css"])
def test_another_compiler_address_or_asset_is_another_version(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    stamps = [compiled.stamp([tmp_path])]
    for text in ("one", "two"):
        path.write_text(text)
        stamps.append(compiled.stamp([tmp_path]))
    path.rename(path.with_stem("other"))
    stamps.append(compiled.stamp([tmp_path]))

    assert len(set(stamps)) == 4


def test_what_only_looks_like_a_template_changes_nothing(tmp_path: Path) -> None:
    before = compiled.stamp([tmp_path])

    (tmp_path / ".#page.html").symlink_to("alice@host.1234")
    (tmp_path / "loop.css").symlink_to("loop.css")
    (tmp_path / "folder.html").mkdir()
    assert compiled.stamp([tmp_path]) == before


# Read only where nobody else can have written it


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def unsign(file: Path) -> None:
    file.write_bytes(b"\n" + file.read_bytes().partition(b"\n")[2])


def unlink(file: Path) -> None:
    file.unlink()


def link(file: Path) -> None:
    file.symlink_to(file.rename(file.with_name("elsewhere")))


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def open_to_group(file: Path) -> None:
    file.chmod(0o620)


def open_to_all(file: Path) -> None:
    file.chmod(0o602)


def give_away(file: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives files away")
    os.chown(file, 12345, -1)


BAD = [truncate, damage, empty, unsign, unlink, link, pipe, make_folder, open_to_group, open_to_all, give_away]


@pytest.mark.parametrize("spoil", BAD)
def test_what_is_not_surely_ours_is_not_run_and_pages_are_compiled(
    folder: Path, file: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(file)

    assert "start</button>" in page(folder)


@pytest.mark.parametrize("spoil", [truncate, link, open_to_all, give_away])
def test_an_upgrade_makes_it_anew(folder: Path, file: Path, spoil: Callable[[Path], None]) -> None:
    spoil(file)

    assert run(folder, "db", "upgrade").exit_code == 0

    assert kept(folder)
    assert PLANTED not in page(folder)
