"""IP addresses as proxies write them, and their networks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustweb import keys
from trustweb.web.base import network

RING = keys.parse("one:" + "QUFB" * 12)
HERE, HOUSE = "203.0.113.8", "2001:db8:9:1::a"
SPELLINGS = {
    HERE: [
        "203.0.113.8", " 203.0.113.8 ", "203.0.113.8:40000", "203.0.113.8:1", "203.0.113.8:", "203.0.113.8:_gateway",
        '"203.0.113.8"', '"203.0.113.8:443"', "[203.0.113.8]", "[203.0.113.8]:443", "203.0.113.8%1", "203.0.113.8%1:80",
        "::ffff:203.0.113.8", "::FFFF:203.0.113.8", "::ffff:cb00:7108", "[::ffff:203.0.113.8]",
        "[::ffff:203.0.113.8]:8",
        "0:0:0:0:0:ffff:203.0.113.8", "::ffff:203.0.113.8%eth0", "::ffff:203.0.113.8:40000", "::ffff:0:203.0.113.8",
        "::203.0.113.8", "64:ff9b::203.0.113.8", '"[64:ff9b::cb00:7108]:5"', "64:ff9b:1::203.0.113.8",
        "2002:cb00:7108::1", "2002:cb00:7108:ffff::2", "2001:0:c000:201:0:f227:34ff:8ef7", "\t203.0.113.8\t",
    ],
    HOUSE: [
        "2001:db8:9:1::a", "2001:DB8:9:1:0:0:0:A", "[2001:db8:9:1::a]", "[2001:db8:9:1::a]:443",
        '"[2001:db8:9:1::a]:443"',
        "2001:db8:9:1::a%eth0", "[2001:db8:9:1::a%eth0]:443", "[2001:db8:9:1::a%25eth0]", "2001:db8:9:1::a:40000",
        "2001:db8:9:1:0:0:0:a:443", ' "[2001:db8:9:1::a]" ',
    ],
}  # fmt: skip
NO_ADDRESS = [
    "", " ", "unknown", "Unknown", "_hidden", "_SEVKISEK:80", "-", "localhost", "203.0.113", "203.0.113.8.9", "1",
    "0x7f.1",
    "203.0.113.256", "0203.0.113.8", "[203.0.113.8", "203.0.113.8]", "[]", "[]:80", ":80", "2001:db8", "[unknown]:1",
    "203.0.113.8 198.51.100.1", "203.0.113.8/24", "<b>", "203.0.113.8:80:90", "for=203.0.113.8", "'203.0.113.8'",
    "http://203.0.113.8", "२०३.0.113.8", "2" * 9000, "\x00", "203.0.113.8\x00", "%", "%eth0",
]  # fmt: skip


@pytest.mark.parametrize(("meant", "text"), [(meant, text) for meant, all_of in SPELLINGS.items() for text in all_of])
def test_an_address_is_one_however_a_proxy_writes_it(meant: str, text: str) -> None:
    assert str(network.parse(text)) == meant
    assert network.counted(RING, text) == network.counted(RING, meant)


def test_what_cannot_be_read_is_one_together() -> None:
    assert {network.parse(text) for text in NO_ADDRESS} == {None}
    assert len({network.counted(RING, text) for text in NO_ADDRESS}) == 1


@given(st.text(max_size=120))
def test_whatever_is_written_is_read_or_shares_the_one(text: str) -> None:
    parsed = network.parse(text)

    again = network.parse(str(parsed)) if parsed else None
    assert again == parsed
    assert parsed or network.counted(RING, text) == network.counted(RING, "unknown")


@given(st.ip_addresses(v=4), st.integers(0, 65535))
def test_a_port_is_no_other_address(address: object, port: int) -> None:
    assert network.counted(RING, f"{address}:{port}") == network.counted(RING, str(address))


@given(st.ip_addresses(v=6), st.integers(0, 65535))
def test_nor_is_it_behind_ipv6(address: object, port: int) -> None:
    assert network.parse(f"[{address}]:{port}") == network.parse(str(address))


@pytest.mark.parametrize("other", ["2001:db8:9:1::b", "[2001:db8:9:1:ffff::]:9", "2001:db8:9:1:a:b:c:d%wlan0"])
def test_a_neighbourhood_is_one(other: str) -> None:
    assert network.counted(RING, other) == network.counted(RING, HOUSE)
    assert network.counted(RING, "2001:db8:9:2::a") != network.counted(RING, HOUSE)


@pytest.mark.parametrize("text", ["127.0.0.1:80", "[::1]", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", '"::1"'])
def test_nothing_is_read_into_the_other_end_of_a_connection(text: str) -> None:
    found = network.peer(text)

    assert found is None or not (found.is_loopback or str(found).startswith("127."))
    assert str(network.peer("::ffff:127.0.0.1")) == "127.0.0.1"
