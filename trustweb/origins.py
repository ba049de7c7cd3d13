"""Normalisation of a site's origin as browsers do it, so that two spellings of one origin are equal."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

import idna

_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(r"(https?)://([^/?#@\\]+)", re.IGNORECASE)
_HOST = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]+)(?::([0-9]*))?")
# Host names must not have underscores, but some do.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Browsers take a host that ends in a number for an IPv4 address, such as 127.1 and 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LAST_DOT = re.compile(r"[.\u3002\uff0e\uff61](?=(:[0-9]*)?$)")


def origin(text: str) -> str:
    """Normalise an origin: scheme, host and port. Raises ValueError when it is none, or has more parts."""
    parts = _ORIGIN.fullmatch(text.strip())
    if parts is None:
        raise ValueError(text)
    # Browsers treat a host with a dot at its end as another one, with other cookies and without passkeys.
    return of_host(parts[1].lower(), _LAST_DOT.sub("", parts[2]))


def of_host(scheme: str, host: str) -> str:
    """Return the origin that a browser sends for a host, with or without a port. Raises ValueError."""
    parts = _HOST.fullmatch(host)
    if parts is None or scheme not in _PORTS:
        raise ValueError(host)
    name = _address(parts[1][1:-1]) if parts[1].startswith("[") else _name(parts[1])
    port = int(parts[2] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise ValueError(host)
    return f"{scheme}://{name}" if port == _PORTS[scheme] else f"{scheme}://{name}:{port}"


def _name(text: str) -> str:
    # By IDNA 2008: Python's own codec turns straße into strasse, which is another domain.
    name = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode()
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(each) for each in labels):
        raise ValueError(text)
    return str(IPv4Address(name)) if _NUMBER.fullmatch(labels[-1]) else name


def _address(text: str) -> str:
    address = IPv6Address(text)
    if address.scope_id or address.ipv4_mapped:  # browsers support no zone ids, and write mapped IPv4 in their own way
        raise ValueError(text)
    return f"[{address}]"
