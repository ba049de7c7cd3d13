"""Network addresses, for owners to read and as subjects of limits."""

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
    # Mapped, translated, NAT64 (twice), compatible. The middle ones hold the whole IPv4 internet in one /64.
    for each in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "::/96")
]
_FIRST_IPV4 = ipaddress.IPv4Address("1.0.0.0")


def parse(text: str) -> Address | None:
    """Read an address as proxies write it: with a port or a zone, in brackets or quotes, IPv4 in IPv6.

    None for what is no address: unknown, an obfuscated name, or any other text, since a header is untrusted input.
    """
    return _read(text) if len(text) <= _LONGEST else None


# Depends on the text alone.
@lru_cache(maxsize=1024)
def _read(text: str) -> Address | None:
    bare = text.strip().strip('"').strip()
    if inside := _BRACKETS.fullmatch(bare):
        return _address(inside[1])
    host, colon, port = bare.rpartition(":")
    if colon and bare.count(":") == 1:
        return _address(host)
    # Some proxies append a port to IPv6 without brackets.
    return _address(bare) or (_address(host) if port.isdecimal() else None)


def _address(text: str) -> Address | None:
    try:
        # Without the zone, which may be any text.
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found if isinstance(found, ipaddress.IPv4Address) else _inner(found) or found


def _inner(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address contains, if any.

    So a client is counted once however it comes, and the clients of a translator are not all counted as one.
    """
    if any(found in each for each in _ENDS_IN_IPV4):
        last = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        return last if found.ipv4_mapped or last >= _FIRST_IPV4 else None  # ::1 is none
    return found.sixtofour or (found.teredo and found.teredo[1])


# Depends on the text alone.
@lru_cache(maxsize=1024)
def peer(text: str) -> Address | None:
    """Parse the peer's address of a connection, as the server knows it.

    Stricter than ``parse``, since the result decides which peers are trusted.
    """
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:  # a unix socket has none
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def counted(keys: KeyRing, text: str) -> str:
    """Return the subject of limits for an address: a keyed digest, of the /64 network for IPv6.

    All texts that are no address are one subject; otherwise each text would have tries of its own.
    """
    return counted_as(keys, parse(text), "")


def counted_as(keys: KeyRing, parsed: Address | None, text: str) -> str:
    if isinstance(parsed, ipaddress.IPv6Address):
        return keys.digest("address", str(ipaddress.ip_network((parsed, 64), strict=False)))
    return keys.digest("address", str(parsed or text))


def asks_from(keys: KeyRing, text: str) -> Network:
    """Return the subjects of limits for the network from which somebody asks."""
    parsed = parse(text)
    return Network(counted_as(keys, parsed, ""), _neighbourhood(keys, parsed))


def _neighbourhood(keys: KeyRing, parsed: Address | None) -> str:
    """Return the subject of limits for all that one customer may have: a /48 of IPv6, or a /24 of IPv4."""
    if parsed is None:
        return keys.digest("neighbourhood", "")
    around = ipaddress.ip_network((parsed, 48 if parsed.version == 6 else 24), strict=False)
    return keys.digest("neighbourhood", str(around))
