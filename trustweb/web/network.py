"""Network addresses, as owners read them and as limits count them."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from trustweb.keys import KeyRing

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


# By the text alone.
@lru_cache(maxsize=1024)
def parse(text: str) -> Address | None:
    """None for what is no address: behind a proxy it is a header's text, which anybody may have written."""
    try:
        # Without the zone, in which anything may stand.
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def counted(keys: KeyRing, text: str) -> str:
    """As limits count it: keyed, and an IPv6 neighbourhood as one."""
    return counted_as(keys, parse(text), text)


def counted_as(keys: KeyRing, parsed: Address | None, text: str) -> str:
    if isinstance(parsed, ipaddress.IPv6Address):
        return keys.digest("address", str(ipaddress.ip_network((parsed, 64), strict=False)))
    return keys.digest("address", str(parsed or text))
