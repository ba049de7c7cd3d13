"""docs/settings.md, generated from our settings and those of the transports."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import Field
from typing import Any

from tests.support.paths import DOCS, ROOT
from trustweb import config, registry
from trustweb.config import Config
from trustweb.config.limits import Limits
from trustweb.transports import Setting, Transport

TARGET = DOCS / "settings.md"
TOP = """\
# Settings

<!-- Written by `python -m tests.docs`. Change trustweb/config/ or the plugin, then run that. -->

A setting is looked up in this order:

1. in the environment, under the name below;
2. in the file that `NAME_FILE` names, for a secret that should not stand in the environment;
3. in `config.toml` in the instance folder, under the same name (`NAME` or `NAME_FILE`);
4. else the default counts.

`TRUSTWEB_INSTANCE` says where the instance folder is, so it is read from the environment only. A setting that is
set but empty has its default.

```toml
# /var/lib/trustweb/config.toml
TRUSTWEB_PUBLIC_URL = "https://account.example.com"
TRUSTWEB_TRUSTED_PROXIES = 1
TRUSTWEB_PROVED_SENDS = "3/600,10/86400"
VONAGE_API_SECRET_FILE = "/etc/trustweb/vonage-secret"
```

How often something may happen is written as count/seconds: `3/600,10/86400` is at most 3 in 600 seconds and at
most 10 in a day. A value out of its range stops the start, with one sentence. So does a name that begins
with `TRUSTWEB_` and is no setting. Nothing notices a misspelt name of a transport's own setting, such as
`VONAGE_…`: check with `trustweb transports`.
"""
TRANSPORTS = """
## Transports

A transport reads its own settings in the same way. It is on once the setting marked *turns it on* is there; from
then on every setting without a default must be there too. `trustweb transports` says which are on.
"""
SHAPES = {
    "bool": "`1` or `0`", "int": "a number", "str": "text", "Line": "text", "Path": "a folder",
    "Rates": "count/seconds, …", "tuple[int, ...]": "numbers, …",
}  # fmt: skip
SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def page() -> str:
    """The whole of docs/settings.md."""
    parts = [TOP]
    for heading, settings in groups():
        parts.append(f"\n## {heading}\n\n{table([_ours(each) for each in settings])}")
    parts.append(TRANSPORTS)
    for each in transports():
        parts.append(f"\n### {each.label}, `{each.name}`\n\n{table([_theirs(each, s) for s in each.settings])}")
    return "".join(parts)


def groups() -> list[tuple[str, list[Field[Any]]]]:
    """Our settings under the comments that stand over them in the class."""
    known = {each.name: each for each in config.settings()}
    found: list[tuple[str, list[Field[Any]]]] = []
    for line in f"{inspect.getsource(Config)}{inspect.getsource(Limits)}".splitlines():
        if heading := re.fullmatch(r"    # (\w.*)", line):
            found.append((heading[1], []))
        elif (name := re.match(r"    (\w+):", line)) and name[1] in known:
            found[-1][1].append(known.pop(name[1]))
    assert not known, f"no heading stands over {', '.join(known)}"
    return found


def transports() -> Iterator[type[Transport]]:
    """The classes that our own folder brings and that have settings, on or off."""
    nothing_set = config.load({"TRUSTWEB_INSTANCE": str(ROOT / "instance")})
    modules = dict(registry._modules(nothing_set, registry.Registry()))
    for path in sorted((ROOT / "plugins").glob("[!_]*.py")):
        yield from (each for each in modules[str(path)].trustweb_transports() if each.settings)


def table(rows: Sequence[tuple[str, str, str, str]]) -> str:
    head = [("Name", "Default", "Takes", "What it does"), ("---",) * 4]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (*head, *rows))


def _ours(each: Field[Any]) -> tuple[str, str, str, str]:
    words = each.metadata["help"] + (" Secret." if each.metadata["secret"] else "")
    return f"`{config.variable(each)}`", _default(each), _takes(each), _cell(words)


def _theirs(transport: type[Transport], setting: Setting) -> tuple[str, str, str, str]:
    default = "must be set" if setting.default is None else f"`{setting.default}`" if setting.default else "empty"
    if setting.name == transport.enabled_by:
        default = "turns it on"
    return f"`{setting.name}`", default, "text", _cell(setting.help + (" Secret." if setting.secret else ""))


def _default(each: Field[Any]) -> str:
    value = each.default
    if isinstance(value, bool):
        return f"`{int(value)}`"
    if isinstance(value, tuple):
        written = ",".join("/".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in value)
        return f"`{written}`"
    if value == "":
        return "empty"
    return f"`{value}`" + (_span(value) if each.metadata["help"].startswith("Seconds") else "")


def _span(seconds: Any) -> str:
    for size, name in SPANS if isinstance(seconds, int) else ():
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f" ({count} {name}{'' if count == 1 else 's'})"
    return ""


def _takes(each: Field[Any]) -> str:
    meta = each.metadata
    if meta["choices"]:
        return ", ".join(f"`{choice}`" for choice in meta["choices"])
    floor, ceiling = meta["floor"], meta["ceiling"]
    shape = SHAPES[str(each.type)]
    if floor is None:
        return shape
    return f"{shape}, {floor} to {ceiling}" if ceiling is not None else f"{shape}, at least {floor}"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;")
