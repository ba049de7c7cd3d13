"""Loading of the configuration, which is refused when a setting is misspelt, out of bounds or at odds with others."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trustweb.config.checks import check, public_url
from trustweb.config.config import Config, settings, variable
from trustweb.config.sources import read_value, with_toml
from trustweb.config.values import ConfigError, parse


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration of an environment. Raises ConfigError with one sentence."""
    environ = os.environ if environ is None else environ
    instance = Path(environ.get("TRUSTWEB_INSTANCE") or "instance").absolute()
    merged = with_toml(environ, instance / "config.toml")
    _check_spelling(merged)
    values: dict[str, Any] = {}
    for each in settings():
        text = read_value(merged, variable(each))
        if text is not None and text != "":
            values[each.name] = parse(each, variable(each), text)
    if "public_url" in values:
        values["public_url"] = public_url(values["public_url"])
    config = Config(**values | {"instance": instance, "environment": merged})
    check(config)
    return config


def _check_spelling(merged: Mapping[str, str]) -> None:
    names = {variable(each) for each in settings()}
    for name in merged:
        if name.startswith("TRUSTWEB_") and name.removesuffix("_FILE") not in names:
            near = difflib.get_close_matches(name, names, 1)
            raise ConfigError(f"{name} is not a setting{f'; {near[0]} is' if near else ''}.")
