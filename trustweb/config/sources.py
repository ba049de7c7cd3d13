"""The sources of settings: the environment, files that it names, and config.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trustweb.config.values import ConfigError


def read_value(environ: Mapping[str, str], name: str) -> str | None:
    """Return the value of a variable, or the content of the file that ``NAME_FILE`` names. Raises ConfigError."""
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
