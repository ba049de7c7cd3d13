"""Settings: each has a default, a range and, when it is wrong, one sentence that names it."""

from __future__ import annotations

from dataclasses import Field
from pathlib import Path
from typing import Any

import pytest

from trustweb import config
from trustweb.config import Config, ConfigError, settings, variable

NUMBERS = [each for each in settings() if str(each.type) == "int"]
RATES = [each for each in settings() if str(each.type) == "Rates"]
SECURE = "https://account.example.com"


def load(folder: Path, **environ: str) -> Config:
    return config.load({"TRUSTWEB_INSTANCE": str(folder), **environ})


def sentence(folder: Path, **environ: str) -> str:
    """Return the sentence that the operator reads."""
    with pytest.raises(ConfigError) as refused:
        load(folder, **environ)
    said = str(refused.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


def edges(each: Field[Any]) -> list[tuple[str, bool]]:
    """Values at and just outside of a setting's range, and whether they are good."""
    low, high = each.metadata["floor"], each.metadata["ceiling"]
    lowest = [(str(low), True), (str(low - 1), False)] if low is not None else []
    highest = [(str(high), True), (str(high + 1), False)] if high is not None else []
    return lowest + highest


def test_with_nothing_set_everything_has_its_default(tmp_path: Path) -> None:
    read = load(tmp_path)

    for each in settings():
        if each.name != "instance":
            assert getattr(read, each.name) == each.default
    assert (read.origin, read.local, read.secure) == ("http://localhost:8000", True, False)
    assert read.database == f"sqlite:///{tmp_path}/trustweb.db"


@pytest.mark.parametrize("each", settings(), ids=variable)
def test_every_default_may_be_said_and_every_setting_is_explained(tmp_path: Path, each: Field[Any]) -> None:
    value = {True: "1", False: "0"}.get(each.default, str(each.default))
    if str(each.type) == "Rates":
        value = ",".join(f"{count}/{span}" for count, span in each.default)
    elif str(each.type).startswith("tuple"):
        value = ",".join(map(str, each.default))

    if each.name != "instance":
        assert getattr(load(tmp_path, **{variable(each): value}), each.name) == each.default
    assert " " in each.metadata["help"]


@pytest.mark.parametrize("each", NUMBERS, ids=variable)
def test_every_number_has_a_floor_and_keeps_to_its_range(tmp_path: Path, each: Field[Any]) -> None:
    assert each.metadata["floor"] is not None
    for value, good in edges(each):
        if good:
            assert getattr(load(tmp_path, **{variable(each): value}), each.name) == int(value)
        else:
            assert variable(each) in sentence(tmp_path, **{variable(each): value})


@pytest.mark.parametrize("each", RATES, ids=variable)
def test_every_rate_keeps_to_its_range(tmp_path: Path, each: Field[Any]) -> None:
    assert each.metadata["floor"] == 1
    for value, good in edges(each):
        if good:
            assert getattr(load(tmp_path, **{variable(each): f"{value}/60"}), each.name) == ((int(value), 60),)
        else:
            assert variable(each) in sentence(tmp_path, **{variable(each): f"{value}/60"})


@pytest.mark.parametrize("span", ["0", "-60"])
@pytest.mark.parametrize("each", RATES, ids=variable)
def test_no_rate_has_a_window_of_no_length(tmp_path: Path, each: Field[Any], span: str) -> None:
    assert variable(each) in sentence(tmp_path, **{variable(each): f"3/{span}"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"), ("PORT", "0"), ("PORT", "8.5"), ("TRUSTWEB_DEMO", "maybe"), ("TRUSTWEB_LOG_LEVEL", "LOUD"),
        ("TRUSTWEB_TWO_FACTOR", "off"), ("TRUSTWEB_VOIP", "maybe"), ("TRUSTWEB_CODE_LIFE", "ten minutes"),
        ("TRUSTWEB_PROVED_SENDS", "3"), ("TRUSTWEB_PROVED_SENDS", "3/600;10/86400"), ("TRUSTWEB_PROVED_SENDS", "/60"),
        ("TRUSTWEB_PROVED_SENDS", "3/600,9/600"), ("TRUSTWEB_PROVED_SENDS", "3/0"),
        ("TRUSTWEB_COOL_DOWNS", "30;60"), ("TRUSTWEB_COOL_DOWNS", "30,,60"), ("TRUSTWEB_COOL_DOWNS", "30,9"),
        ("TRUSTWEB_DATABASE_URL", "nonsense"), ("TRUSTWEB_DATABASE_URL", "oracle://db"),
        ("TRUSTWEB_QUEUE_URL", "redsi://localhost"),
        ("TRUSTWEB_QUEUE_URL", "redis://:päss@redis.straße.example:6379/0"),
        ("TRUSTWEB_LANGUAGE", "klingon"), ("TRUSTWEB_TIME_ZONE", "Mars/Olympus"), ("TRUSTWEB_COUNTRIES", "Germany"),
        ("TRUSTWEB_COUNTRIES", "all,GB"), ("TRUSTWEB_SERVICES", "mail,My Mail"),
        ("TRUSTWEB_TRUSTED_PEERS", "10.0.0.1/8"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_in_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    assert name in sentence(tmp_path, **{name: value})


def test_a_misspelt_setting_is_not_passed_over(tmp_path: Path) -> None:
    assert "TRUSTWEB_DEMO" in sentence(tmp_path, TRUSTWEB_DEMOO="1")
    (tmp_path / "config.toml").write_text('TRUSTWEB_COUNTRY = "GB"\n')
    assert "TRUSTWEB_COUNTRY" in sentence(tmp_path)


@pytest.mark.parametrize("text", ["1", "true", "yes", "TRUE", "Yes"])
def test_yes_and_no_may_be_said_in_words(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, TRUSTWEB_DEMO=text).demo
    assert not load(tmp_path, TRUSTWEB_WORKER={"1": "0", "true": "false", "yes": "no"}[text.lower()]).worker


def test_an_empty_variable_is_one_that_is_not_set(tmp_path: Path) -> None:
    read = load(tmp_path, PORT="", TRUSTWEB_DEMO="", TRUSTWEB_VOIP="")

    assert (read.port, read.demo, read.voip) == (8000, False, "warn")


def test_a_file_holds_what_must_not_stand_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a:key\n")

    assert load(tmp_path, TRUSTWEB_KEYS_FILE=str(tmp_path / "secret")).keys == "a:key"
    assert load(tmp_path, TRUSTWEB_KEYS="b:key", TRUSTWEB_KEYS_FILE=str(tmp_path / "secret")).keys == "b:key"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "secret").write_bytes(content)

    assert "TRUSTWEB_KEYS_FILE" in sentence(tmp_path, TRUSTWEB_KEYS_FILE=str(tmp_path / "secret"))


def test_config_toml_is_read_under_the_environment(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("7000")
    (tmp_path / "config.toml").write_text('PORT = 9000\nTRUSTWEB_DEMO = true\nTRUSTWEB_SITE_NAME = "Ours"\n')

    assert (load(tmp_path).port, load(tmp_path).demo, load(tmp_path).site_name) == (9000, True, "Ours")
    assert load(tmp_path, PORT="8001").port == 8001
    assert load(tmp_path, PORT_FILE=str(tmp_path / "port")).port == 7000
    assert not load(tmp_path, TRUSTWEB_DEMO="0").demo


@pytest.mark.parametrize("content", [b"PORT = ", b"\xff", b"PORT = 8000\nPORT = 8001"])
def test_a_config_toml_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(content)

    assert "config.toml" in sentence(tmp_path)


def test_what_is_wrong_in_config_toml_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("TRUSTWEB_CODE_TRIES = 11\n")

    assert "TRUSTWEB_CODE_TRIES" in sentence(tmp_path)


@pytest.mark.parametrize(
    ("url", "local", "secure"),
    [
        (SECURE, False, True), ("https://account.example.com:8443", False, True), ("https://localhost", True, True),
        ("http://localhost:8000", True, False), ("http://127.0.0.1:9", True, False), ("http://[::1]:9", True, False),
    ],
)  # fmt: skip
def test_addresses_that_are_good(tmp_path: Path, url: str, local: bool, secure: bool) -> None:
    read = load(tmp_path, TRUSTWEB_PUBLIC_URL=url)

    assert (read.origin, read.local, read.secure) == (url, local, secure)


@pytest.mark.parametrize(
    "url",
    [
        "account.example.com", "ftp://account.example.com", "https://", "https://account.example.com/", SECURE + "/a",
        SECURE + "?a=b", SECURE + "#a", "https://user:pw@account.example.com", "http://localhost:8000/",
        "http://localhost:port", "http://[::1", "https://account.example.com:99999",
        "http://account.example.com", "http://192.168.1.5:8000", "http://localhost.example.com", "http://0.0.0.0:8000",
    ],
)  # fmt: skip
def test_addresses_that_are_not(tmp_path: Path, url: str) -> None:
    assert "TRUSTWEB_PUBLIC_URL" in sentence(tmp_path, TRUSTWEB_PUBLIC_URL=url)


def test_http_elsewhere_has_to_be_asked_for(tmp_path: Path) -> None:
    url = "http://192.168.1.5:8000"

    assert "TRUSTWEB_INSECURE" in sentence(tmp_path, TRUSTWEB_PUBLIC_URL=url)
    assert load(tmp_path, TRUSTWEB_PUBLIC_URL=url, TRUSTWEB_INSECURE="1").origin == url


@pytest.mark.parametrize("insecure", ["0", "1"])
@pytest.mark.parametrize("url", [SECURE, "http://192.168.1.5:8000", "https://localhost.example.com"])
def test_the_demo_is_for_localhost_only(tmp_path: Path, url: str, insecure: str) -> None:
    sentence(tmp_path, TRUSTWEB_PUBLIC_URL=url, TRUSTWEB_DEMO="1", TRUSTWEB_INSECURE=insecure)

    assert load(tmp_path, TRUSTWEB_DEMO="1", PORT="8123").origin == "http://localhost:8123"


def test_printing_the_settings_prints_no_secret(tmp_path: Path) -> None:
    read = load(tmp_path, TRUSTWEB_KEYS="a:c2VjcmV0", TRUSTWEB_DATABASE_URL="postgresql://u:pw@db/t")

    assert "c2VjcmV0" not in repr(read)
    assert "pw" not in str(read)
