"""Declaration of settings, and the parsing of their text into values within their bounds."""

from __future__ import annotations

from dataclasses import MISSING, Field, field
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from trustweb.typed import one_line

Rates = tuple[tuple[int, int], ...]
"""Limits as pairs (count, seconds): ``((3, 600), (10, 86400))`` is at most 3 in 600 seconds and at most 10 in a day."""
Line = str
"""One line of visible characters, for headings, subjects and texts."""


class ConfigError(Exception):
    """A setting is missing or wrong. The message is one sentence for the operator."""


def setting(
    help: str,
    default: Any = MISSING,
    *,
    env: str | None = None,
    choices: tuple[str, ...] = (), floor: float | None = None, ceiling: float | None = None, secret: bool = False,
) -> Any:  # fmt: skip
    """Declare a setting: a field of the configuration, with its bounds and the help that docs/settings.md prints."""
    meta = {
        "help": help, "env": env, "choices": choices, "floor": floor, "ceiling": ceiling, "secret": secret
    }  # fmt: skip
    return field(default=default, metadata=meta)


# By the zones of this machine.
@cache
def time_zones() -> frozenset[str]:
    """Return the time zones of this machine that are places."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def parse(each: Field[Any], name: str, text: str) -> Any:
    """Return the value of a setting's text. ``name``: its variable. Raises ConfigError."""
    shape = str(each.type)
    try:
        if shape == "bool":
            value: Any = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        elif shape == "int":
            value = int(text)
        elif shape == "Path":
            value = Path(text)
        elif shape == "Rates":
            value = _rates(text)
        elif shape == "Line":
            value = _line(text)
        elif shape.startswith("tuple"):
            value = tuple(int(part) for part in text.split(","))
        else:
            value = text
    except (ValueError, KeyError):
        raise ConfigError(f"{name} cannot be read as {_SHAPES.get(shape, 'text')}: {text!r}.") from None
    _check_range(each, name, value)
    return value


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Parse a comma-separated list of networks. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _line(text: str) -> str:
    if not (line := one_line(text)):
        raise ValueError(text)
    return line


def _rates(text: str) -> Rates:
    pairs = [part.partition("/") for part in text.split(",")]
    rates = {int(span): int(count) for count, _, span in pairs}
    if min(rates) < 1 or len(rates) < len(pairs):
        raise ValueError(text)
    return tuple((count, span) for span, count in rates.items())


_SHAPES = {
    "bool": "1 or 0",
    "int": "a whole number",
    "Line": "a line that can be seen",
    "Rates": "count/seconds pairs such as 3/600,10/86400",
    "tuple[int, ...]": "whole numbers with commas between them",
}


def _check_range(each: Field[Any], name: str, value: Any) -> None:
    meta = each.metadata
    if meta["choices"] and value not in meta["choices"]:
        raise ConfigError(f"{name} must be one of {', '.join(meta['choices'])}, not {value!r}.")
    if meta["floor"] is None and meta["ceiling"] is None:
        return
    numbers = [value] if isinstance(value, int) else [n[0] if isinstance(n, tuple) else n for n in value]
    for number in numbers:
        if meta["floor"] is not None and number < meta["floor"]:
            raise ConfigError(f"{name} must be at least {meta['floor']}, not {number}.")
        if meta["ceiling"] is not None and number > meta["ceiling"]:
            raise ConfigError(f"{name} must be at most {meta['ceiling']}, not {number}.")
