"""Network addresses, as owners read them and as limits count them."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from trustweb.codes.limits import Network
from trustweb.keys import KeyRing

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_LONGEST = 100
_BRACKETS = re.compile(r"\[([^\[\]]*)\](?::\S*)?")
_ENDS_IN_IPV4 = [
    ipaddress.IPv6Network(each)
    # Mapped, translated, NAT64, compatible. Behind the middle ones stands all of the IPv4 internet, in one /64.
    for each in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "::/96")
]
_FIRST_IPV4 = ipaddress.IPv4Address("1.0.0.0")


def parse(text: str) -> Address | None:
    """Read what a proxy wrote: with a port or a zone, in brackets or quotes, IPv4 in IPv6. None for what is no
    address: unknown, a hidden name, or anything at all, since anybody may have written a header."""
    return _read(text) if len(text) <= _LONGEST else None


# By the text alone.
@lru_cache(maxsize=1024)
def _read(text: str) -> Address | None:
    bare = text.strip().strip('"').strip()
    if inside := _BRACKETS.fullmatch(bare):
        return _address(inside[1])
    host, colon, port = bare.rpartition(":")
    if colon and bare.count(":") == 1:
        return _address(host)
    # Some proxies write a port behind IPv6 without brackets.
    return _address(bare) or (_address(host) if port.isdecimal() else None)


def _address(text: str) -> Address | None:
    try:
        # Without the zone, in which anything may stand.
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found if isinstance(found, ipaddress.IPv4Address) else _inner(found) or found


def _inner(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in one of IPv6: nobody is counted twice, nor all that a translator stands for as one."""
    if any(found in each for each in _ENDS_IN_IPV4):
        last = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        return last if found.ipv4_mapped or last >= _FIRST_IPV4 else None  # ::1 is none
    return found.sixtofour or (found.teredo and found.teredo[1])


def peer(text: str) -> Address | None:
    """The other end of a connection, as the server knows it. Nothing else is read into it: it says who is trusted."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:  # a unix socket has none
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def counted(keys: KeyRing, text: str) -> str:
    """As limits count it: keyed, and an IPv6 neighbourhood as one. What is no address is one, however it is written:
    else each text would have tries of its own."""
    return counted_as(keys, parse(text), "")


def counted_as(keys: KeyRing, parsed: Address | None, text: str) -> str:
    if isinstance(parsed, ipaddress.IPv6Address):
        return keys.digest("address", str(ipaddress.ip_network((parsed, 64), strict=False)))
    return keys.digest("address", str(parsed or text))


def asks_from(keys: KeyRing, text: str) -> Network:
    """Where somebody asks from, as limits count it."""
    parsed = parse(text)
    return Network(counted_as(keys, parsed, ""), _neighbourhood(keys, parsed))


def _neighbourhood(keys: KeyRing, parsed: Address | None) -> str:
    """What one customer of a network has: a provider gives a /48 to a household, and rents out a /24."""
    if parsed is None:
        return keys.digest("neighbourhood", "")
    around = ipaddress.ip_network((parsed, 48 if parsed.version == 6 else 24), strict=False)
    return keys.digest("neighbourhood", str(around))
