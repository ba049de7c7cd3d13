"""The key ring: made once, read with care, never replaced by a new one."""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from tests.support import programs
from tests.support.belongings import Has, owner_of
from tests.support.kit import Kit
from trustweb import config, create_app, keys, schema
from trustweb.cli import main
from trustweb.config import Config, ConfigError
from trustweb.keys import KeyRing
from trustweb.models import PUSH_TO, Challenge, Service, TrustedDevice

KEY = st.binary(min_size=32, max_size=64)
ID = st.text("abcdefgh0123456789", min_size=1, max_size=12)


def line(key_id: str, key: bytes) -> str:
    return f"{key_id}:{base64.b64encode(key).decode()}"


OLD, NEW = line("old", b"o" * 32), line("new", b"n" * 32)


def settings_in(folder: Path, **values: str) -> Config:
    return config.load({"TRUSTWEB_INSTANCE": str(folder), **values})


@given(st.dictionaries(ID, KEY, min_size=1, max_size=4), st.sampled_from([",", "\n", "\r\n", " , ", "\n\n"]))
def test_a_ring_is_read_newest_first(ring: dict[str, bytes], between: str) -> None:
    read = keys.parse(between.join(line(*each) for each in ring.items()) + "\n")

    assert read.ids == tuple(ring)
    assert read.newest == next(iter(ring))


@pytest.mark.parametrize(
    "text",
    [
        "", " \n", "noid", ":" + "A" * 44, "a:", "a:not base64!", line("a", b"short"), line("a", b"x" * 31),
        line("a:b", b"x" * 32), f"{OLD},{line('old', b'x' * 32)}", line("a", b"x" * 32)[:-3] + "é", "a b " + OLD,
    ],
)  # fmt: skip
def test_a_ring_that_is_not_one_is_refused_in_a_sentence_that_shows_no_key(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        keys.parse(text)

    assert str(refused.value).endswith(".")
    assert "eHh4" not in str(refused.value)


def test_keys_are_made_once_for_the_owners_eyes_only(tmp_path: Path) -> None:
    there = settings_in(tmp_path / "new")

    assert keys.make(there)
    ring = there.key_file.read_text()
    assert not keys.make(there)

    assert stat.S_IMODE(there.key_file.stat().st_mode) == 0o600
    assert there.key_file.read_text() == ring
    assert [each.name for each in there.instance.iterdir()] == ["keys"]


def test_nobodys_mask_opens_the_keys_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keys.make(settings_in(tmp_path / "new"))
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "new" / "keys").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_of_many_who_make_keys_at_once_one_does(tmp_path: Path) -> None:
    there, start_line = settings_in(tmp_path), Barrier(16)

    def make(_: int) -> tuple[bool, tuple[str, ...]]:
        start_line.wait()
        return keys.make(there), keys.load(there).ids

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(make, range(16)))

    assert sum(first for first, _ in made) == 1
    assert len({ids for _, ids in made}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_keys_from_the_environment_are_never_written(tmp_path: Path) -> None:
    there = settings_in(tmp_path, TRUSTWEB_KEYS=NEW)

    assert not keys.make(there)
    assert keys.load(there).ids == ("new",)
    assert list(tmp_path.iterdir()) == []


def test_without_keys_a_sentence_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trustweb db upgrade"):
        keys.load(settings_in(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "ключ".encode(), b"", b"half:QUJD"])
def test_a_damaged_key_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)

    with pytest.raises(ConfigError):
        keys.load(settings_in(tmp_path))


@settings(max_examples=50)
@given(KEY, st.binary(max_size=100), st.text(max_size=20))
def test_what_is_sealed_opens_again_and_never_looks_the_same(key: bytes, secret: bytes, use: str) -> None:
    ring = KeyRing({"a": key})
    sealed = ring.seal(use, secret)

    assert ring.open(use, sealed) == secret
    assert ring.seal(use, secret) != sealed


@pytest.mark.parametrize("spoil", [lambda s: s[:-4] + "AAA=", lambda s: s[:2], lambda s: "b" + s])
def test_what_was_changed_does_not_open(spoil: Callable[[str], str]) -> None:
    ring = KeyRing({"a": b"x" * 32})

    with pytest.raises(ValueError):
        ring.open("use", spoil(ring.seal("use", b"a secret that is long enough")))
    with pytest.raises(ValueError):
        ring.open("another use", ring.seal("use", b"a secret that is long enough"))


def test_every_use_and_every_key_has_a_subkey_of_its_own() -> None:
    ring = keys.parse(f"{NEW},{OLD}")

    subkeys = [*ring.subkeys("one"), *ring.subkeys("two")]
    assert len({*subkeys, b"o" * 32, b"n" * 32}) == 6


def test_after_rotation_the_old_key_opens_and_the_new_one_seals() -> None:
    sealed = keys.parse(OLD).seal("use", b"secret")
    both = keys.parse(f"{NEW}\n{OLD}")

    assert both.open("use", sealed) == b"secret"
    assert keys.parse(NEW).open("use", both.seal("use", b"secret")) == b"secret"
    with pytest.raises(ValueError, match="old"):
        keys.parse(NEW).open("use", sealed)


def test_a_key_that_nothing_needs_any_more_may_go(kit: Kit) -> None:
    used = kit.core.keys.newest
    ring = f"{NEW}\n{kit.core.config.key_file.read_text()}"
    there = settings_in(kit.core.config.instance, TRUSTWEB_KEYS=ring)
    schema.upgrade(there, keys.load(there))

    with pytest.raises(ConfigError, match="new"):
        schema.forget_key(there, "new")
    schema.forget_key(there, used)

    start(kit, NEW)


def test_what_is_kept_for_long_outlives_its_key_and_the_rest_is_counted(kit: Kit) -> None:
    account = owner_of(kit, Has(numbers=1, app=True, device=True, codes=True)).account
    config, used = kit.core.config, kit.core.keys.newest
    with kit.core.database.writing() as work:
        work.db.execute(update(TrustedDevice).values(push_to=work.keys.seal(PUSH_TO, b"subscription")))
        work.db.execute(delete(Challenge))
    programs.give(kit, account)
    there = settings_in(config.instance, TRUSTWEB_KEYS=f"{NEW}\n{config.key_file.read_text()}")
    schema.upgrade(there, keys.load(there))

    assert schema.forget_key(there, used) == schema.Lost(1, [])
    assert re.findall(rf"\b{used}:", kit.database_text()) == [f"{used}:"]


def test_the_apps_whose_secret_was_made_with_it_are_named(kit: Kit) -> None:
    used = kit.core.keys.newest
    macs = {"photos": {"secret_mac": f"{used}:1"}, "old": {"secret_mac": "new:1", "older_secret_mac": f"{used}:2"}}
    with kit.core.database.writing() as work:
        for name, values in (macs | {"wiki": {"secret_mac": "new:2"}}).items():
            work.db.add(Service(name=name, created_at=work.now, oidc=True, **values))
    ring = f"{NEW}\n{kit.core.config.key_file.read_text()}"
    settings = {"TRUSTWEB_INSTANCE": str(kit.core.config.instance), "TRUSTWEB_KEYS": ring.replace("\n", ",")}
    CliRunner().invoke(main, ["db", "upgrade"], env=settings)

    said = CliRunner().invoke(main, ["db", "forget-key", used], env=settings)

    assert re.findall(r"A secret of the app (\w+) .*`.* service secret (\w+)`", said.stdout) == [
        ("old", "old"), ("photos", "photos")
    ]  # fmt: skip


def start(kit: Kit, ring: str) -> None:
    environ = {name: value for name, value in kit.core.config.environment.items() if name.startswith("TRUSTWEB_")}
    create_app(environ | {"TRUSTWEB_KEYS": ring}).extensions["trustweb"].database.close()


@pytest.mark.parametrize("there", ["lost", "exchanged"])
def test_a_ring_without_a_key_in_use_stops_the_start(kit: Kit, there: str) -> None:
    used = kit.core.keys.newest
    ring = NEW if there == "lost" else line(used, b"x" * 32)

    with pytest.raises(ConfigError, match=f"(?s)^[^\n]*{used}[^\n]*\\.$"):
        start(kit, ring)


def test_a_new_key_may_be_put_before_the_old_one(kit: Kit) -> None:
    ring = f"{NEW}\n{kit.core.config.key_file.read_text()}"
    there = settings_in(kit.core.config.instance, TRUSTWEB_KEYS=ring)
    schema.upgrade(there, keys.load(there))

    start(kit, ring)

    with pytest.raises(ConfigError, match="new"):
        start(kit, kit.core.config.key_file.read_text())


def test_a_new_key_is_not_used_before_the_database_knows_it(kit: Kit) -> None:
    old = kit.core.config.key_file.read_text()

    def rotate_and_lose() -> None:
        start(kit, f"{NEW}\n{old}")
        start(kit, old)

    with pytest.raises(ConfigError):  # either at once, or when the key that was in use is gone
        rotate_and_lose()
