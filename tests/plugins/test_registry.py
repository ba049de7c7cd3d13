"""Plugins: a file is enough, and a faulty one is described in a sentence."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.kit import MOBILE, Kit
from tests.support.paths import RECORDING
from trustweb import cli, config, create_app, registry
from trustweb.config import ConfigError
from trustweb.transports import Message

PIGEON = """
from trustweb.transports import NotApplicable, Setting, Transport, hookimpl


class Pigeon(Transport):
    name = "pigeon"
    label = "Pigeon Post"
    method = "text"
    settings = (Setting("PIGEON_LOFT", "The loft's address."), Setting("PIGEON_RING", "Its ring.", default="7"))

    def send(self, message):
        return "flown"

    def check(self):
        pass


@hookimpl
def trustweb_transports():
    return [Pigeon]
"""
NO_SETTINGS = PIGEON.replace("    settings =", "    unused =")


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder for plugins, with the recording ones in it."""
    return Path(shutil.copytree(RECORDING, tmp_path / "plugins"))


def found(plugins: Path, **environ: str) -> registry.Registry:
    there = {"TRUSTWEB_INSTANCE": str(plugins.parent / "instance"), "TRUSTWEB_PLUGINS": str(plugins)}
    return registry.load(config.load(there | environ))


def states(read: registry.Registry) -> dict[str, str]:
    return {each.name: each.state for each in read.found}


def sentence(plugins: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as refused:
        found(plugins, **environ)
    assert "\n" not in str(refused.value).strip()
    return str(refused.value)


def test_a_file_dropped_in_shows_its_label_on_the_page(plugins: Path, make_kit: Callable[..., Kit]) -> None:
    (plugins / "zz_pigeon.py").write_text(NO_SETTINGS)
    kit = make_kit(TRUSTWEB_PLUGINS=str(plugins))
    kit.account()

    page = kit.signed_in().get("/security/numbers/add")

    assert "Pigeon Post" in page.text


def test_one_that_fails_at_import_is_named_and_the_site_runs(plugins: Path, make_kit: Callable[..., Kit]) -> None:
    (plugins / "broken.py").write_text("import nothing_of_this_name\n")
    (plugins / "unreadable.py").write_text("def (:\n")
    kit = make_kit(TRUSTWEB_PLUGINS=str(plugins))

    said = CliRunner().invoke(cli.main, ["transports"], env=dict(kit.core.config.environment))

    assert kit.visitor().get("/sign-in").status == 200
    assert said.exit_code == 1
    for line in (
        "broken.py.*failed.*nothing_of_this_name",
        "unreadable.py.*failed.*SyntaxError",
        "recording_texts.*on",
    ):
        assert re.search(line, said.output)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (PIGEON.replace("def trustweb_transports", "def trustweb_transport"), "trustweb_transport"),
        (PIGEON.replace("def trustweb_transports()", "def trustweb_transports(config)"), "pigeon"),
        (NO_SETTINGS.replace('"pigeon"', '"recording_texts"'), "recording_texts"),
        (PIGEON, "PIGEON_LOFT"),
        (NO_SETTINGS.replace("pass", 'raise ValueError("the loft is empty")'), "the loft is empty"),
        (NO_SETTINGS.replace("return [Pigeon]", "return Pigeon"), "pigeon"),
        (NO_SETTINGS.replace('    name = "pigeon"\n', ""), "name"),
        (NO_SETTINGS.replace('method = "text"', 'method = "txt"'), "method"),
    ],
    ids=["misspelt", "arguments", "twice", "setting", "check", "no list", "no name", "method"],
)
def test_what_is_wrong_with_a_plugin_is_one_sentence(plugins: Path, text: str, word: str) -> None:
    (plugins / "pigeon.py").write_text(text)

    assert word in sentence(plugins)


def test_a_file_named_like_one_of_ours_loads_beside_it(plugins: Path) -> None:
    (plugins / "handset.py").write_text(NO_SETTINGS)

    assert {"pigeon": "on", "handset": "off"}.items() <= states(found(plugins)).items()


def test_a_site_that_began_as_a_demo_says_so_once(plugins: Path, logged: list[str]) -> None:
    demo = {each.name: each for each in found(plugins, TRUSTWEB_DEMO="1").transports}
    found(plugins)
    assert logged == []
    demo["handset_calls"].send(Message("code", MOBILE, "words", "123456", "en", datetime.now(UTC), "key"))

    found(plugins, TRUSTWEB_DEMO="1")
    assert logged == []
    found(plugins)

    assert [line.partition(":")[0] for line in logged] == ["This site began as a demo"]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    assert "TRUSTWEB_PLUGINS" in sentence(tmp_path / "nowhere")


def test_a_plugin_gets_its_own_settings_and_a_folder_of_its_own(plugins: Path, tmp_path: Path) -> None:
    (plugins / "pigeon.py").write_text(PIGEON)
    (tmp_path / "loft").write_text("high street\n")

    read = found(plugins, PIGEON_LOFT_FILE=str(tmp_path / "loft"), TRUSTWEB_KEYS="a:secret")

    context = next(each for each in read.transports if each.name == "pigeon").context
    assert context.settings == {"PIGEON_LOFT": "high street", "PIGEON_RING": "7"}
    assert "high street" not in repr(context)
    assert context.folder == tmp_path / "instance" / "plugins" / "pigeon"
    assert stat.S_IMODE(context.folder.stat().st_mode) == 0o700
    assert context.receipts_url == "http://localhost:8000/receipts/pigeon"


def test_one_that_nobody_has_set_up_is_off_and_says_why(plugins: Path) -> None:
    (plugins / "pigeon.py").write_text(
        PIGEON.replace('method = "text"', 'method = "text"\n    enabled_by = "PIGEON_LOFT"')
    )

    off = next(each for each in found(plugins).found if each.name == "pigeon")

    assert (off.state, "PIGEON_LOFT" in off.why) == ("off", True)
    assert states(found(plugins, PIGEON_LOFT="here"))["pigeon"] == "on"


def test_one_that_has_no_place_here_is_off(plugins: Path) -> None:
    (plugins / "pigeon.py").write_text(NO_SETTINGS.replace("pass", 'raise NotApplicable("no pigeons here")'))

    read = found(plugins)

    assert [each.why for each in read.found if each.name == "pigeon"] == ["no pigeons here"]
    assert "pigeon" not in [each.name for each in read.transports]


def test_helpers_beside_a_plugin_are_no_plugins(plugins: Path) -> None:
    (plugins / "_pigeon.py").write_text("raise RuntimeError\n")

    assert "failed" not in states(found(plugins)).values()


def test_an_installed_package_is_found_by_its_entry_point(
    plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pigeon_post.py").write_text(NO_SETTINGS)
    (tmp_path / "pigeon_post-1.dist-info").mkdir()
    (tmp_path / "pigeon_post-1.dist-info" / "METADATA").write_text("Name: pigeon-post\nVersion: 1\n")
    (tmp_path / "pigeon_post-1.dist-info" / "entry_points.txt").write_text("[trustweb]\npigeon = pigeon_post\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert states(found(plugins))["pigeon"] == "on"


def test_the_order_to_try_them_is_the_operators(plugins: Path, make_kit: Callable[..., Kit]) -> None:
    (plugins / "pigeon.py").write_text(NO_SETTINGS)

    for order in (["pigeon", "recording_texts"], ["recording_texts", "pigeon"]):
        kit = make_kit(TRUSTWEB_PLUGINS=str(plugins), TRUSTWEB_TRANSPORTS=", ".join(order))
        assert [each.name for each in kit.core.routes.carriers("text")] == order


def test_without_transports_and_without_the_demo_there_is_no_start(template: Path) -> None:
    environ = {"TRUSTWEB_INSTANCE": str(template)}

    with pytest.raises(ConfigError, match=r"^No transport can carry a code: .*TRUSTWEB_DEMO=1.*\.$"):
        create_app(environ)

    read = registry.load(config.load(environ))
    assert [name for name, state in states(read).items() if state == "on"] == ["device_push"]  # carries no codes
    assert "on" in states(registry.load(config.load(environ | {"TRUSTWEB_DEMO": "1"}))).values()
