"""Reads settings' values: environment, files, TOML; words into numbers; and whether they are in range."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, field
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from trustweb.typed import one_line

Rates = tuple[tuple[int, int], ...]
"""How often: ``((3, 600), (10, 86400))`` is at most 3 in 600 seconds and at most 10 in a day."""
Line = str
"""Words that stand in headings, subjects and texts: one line, of what can be seen."""


class ConfigError(Exception):
    """A setting is missing or wrong. The message is one sentence for the operator."""


def setting(
    help: str,
    default: Any = MISSING,
    *,
    env: str | None = None,
    choices: tuple[str, ...] = (), floor: float | None = None, ceiling: float | None = None, secret: bool = False,
) -> Any:  # fmt: skip
    """A field of the configuration, with what the page of settings says of it."""
    meta = {
        "help": help, "env": env, "choices": choices, "floor": floor, "ceiling": ceiling, "secret": secret
    }  # fmt: skip
    return field(default=default, metadata=meta)


# By the zones of this machine.
@cache
def time_zones() -> frozenset[str]:
    """The places among the zones of this machine; two of them are none."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def read_value(environ: Mapping[str, str], name: str) -> str | None:
    """The value of a variable, or what the file says that ``NAME_FILE`` names."""
    if name in environ:
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name}_FILE names {path}, which is not text in UTF-8.") from None


def with_toml(environ: Mapping[str, str], path: Path) -> dict[str, str]:
    merged = dict(environ)
    for name, value in _table(path).items():
        # The environment wins, also when it names a file.
        if name.removesuffix("_FILE") not in environ and f"{name}_FILE" not in environ:
            merged.setdefault(name, str(int(value)) if isinstance(value, bool) else str(value))
    return merged


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def parse(each: Field[Any], name: str, text: str) -> Any:
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
    """Networks with commas between them. Raises ValueError."""
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
