"""Places beside IP addresses, from the operator’s database; the tests write their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.trusted_devices import trusted_browser
from trustweb import config
from trustweb.config import ConfigError
from trustweb.places import Places

HERE = {"REMOTE_ADDR": "192.0.2.7"}
CITIES = {
    "192.0.2.0/24": ({"en": "Munich", "de": "München"}, "DE"),
    "198.51.100.0/24": ({"en": "<b>Oz</b>"}, "XX"),
    "203.0.113.0/24": ({}, "AT"),
    "2001:db8::/32": ({"en": "Vienna", "de": "Wien"}, "AT"),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True)
    for network, (names, country) in CITIES.items():
        writer.insert_network(IPSet([network]), {"city": {"names": names}, "country": {"iso_code": country}})
    writer.insert_network(IPSet(["198.18.0.0/15"]), "not a record of places")
    path = tmp_path_factory.mktemp("places") / "places.mmdb"
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def kit(make_kit: Callable[..., Kit], database: Path) -> Kit:
    kit = make_kit(TRUSTWEB_GEOIP=str(database))
    kit.account(numbers=(MOBILE,))
    return kit


def places(path: Path | str) -> Places:
    return Places(config.load({"TRUSTWEB_GEOIP": str(path)}))


def signs_in(kit: Kit, address: str) -> None:
    visitor = kit.visitor()
    visitor._wire.client.environ_base["REMOTE_ADDR"] = address  # type: ignore[union-attr]
    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


@pytest.mark.parametrize(
    ("address", "english", "german"),
    [
        ("192.0.2.7", ("Munich", "Germany"), ("München", "Deutschland")),
        ("2001:db8::1", ("Vienna", "Austria"), ("Wien", "Österreich")),
        ("203.0.113.9", ("", "Austria"), ("", "Österreich")),
        ("198.51.100.1", ("<b>Oz</b>", ""), ("<b>Oz</b>", "")),
        ("127.0.0.1", ("", ""), ("", "")),
        ("198.18.0.1", ("", ""), ("", "")),
        ("", ("", ""), ("", "")),
        ("nonsense", ("", ""), ("", "")),
    ],
)
def test_a_place_in_the_persons_language(
    address: str, english: tuple[str, str], german: tuple[str, str], database: Path
) -> None:
    found = places(database)

    assert (found.find(address, "en"), found.find(address, "de")) == (english, german)


def test_who_signs_in_is_shown_with_the_place(kit: Kit) -> None:
    owner = trusted_browser(kit)
    signs_in(kit, "192.0.2.7")

    assert "192.0.2.7 · near Munich, Germany (approximate) · " in owner.get("/prompts").text


def test_a_country_alone_and_a_hostile_city(kit: Kit) -> None:
    owner = trusted_browser(kit)
    signs_in(kit, "203.0.113.9")
    signs_in(kit, "198.51.100.1")

    assert "203.0.113.9 · in Austria (approximate)" in owner.get("/prompts").text
    assert "near <b>Oz</b> (approximate)" in owner.text
    assert "<b>Oz" not in owner.body


def test_devices_and_the_activity_say_it_too(kit: Kit) -> None:
    visitor = Visitor(client=kit.app.test_client())
    visitor._wire.client.environ_base.update(HERE)  # type: ignore[union-attr]
    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    visitor.submit("Continue", verification_code=kit.code()).submit("Trust")

    said = "192.0.2.7 · near Munich, Germany (approximate)"
    assert visitor.get("/security").text.count(said) == 1
    assert visitor.get("/security/activity").text.count(said) > 1


def test_without_a_database_no_place_is_shown(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit()
    kit.account(numbers=(MOBILE,))
    owner = trusted_browser(kit)
    signs_in(kit, "192.0.2.7")

    assert "192.0.2.7" in owner.get("/prompts").text
    assert "approximate" not in owner.text


def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^TRUSTWEB_GEOIP names .*, which cannot be read: No such file or directory"):
        places(tmp_path / "missing.mmdb")


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100])
def test_what_is_no_database_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.mmdb").write_bytes(content)

    with pytest.raises(ConfigError, match=r"which is no database of MaxMind's format\.$"):
        places(tmp_path / "broken.mmdb")


def test_a_damaged_database_costs_no_page(database: Path, tmp_path: Path) -> None:
    whole = database.read_bytes()
    start = whole.index(b"\x00" * 16) + 16
    (tmp_path / "damaged.mmdb").write_bytes(whole[:start] + b"\xff" * 64 + whole[start + 64 :])

    assert places(tmp_path / "damaged.mmdb").find("192.0.2.7", "en") == ("", "")
