"""The instance folder's files are for their owner alone, and what is secret elsewhere should be, too."""

from __future__ import annotations

import logging
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from trustweb import engines
from trustweb.config import Config, ConfigError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
log = logging.getLogger(__name__)


def check(config: Config) -> None:
    """Raises ConfigError for files in the instance folder that others may open; from elsewhere they are only logged.

    What a container's secrets are mounted as is not for us to say.
    """
    instance = config.instance
    inside = [path for path in _secret(config) if _is_open(path) and not _is_mounted(path, instance)]
    if inside:
        names = shlex.join(str(path) for path in inside)
        raise ConfigError(f"Others on this machine may open what is for Trustweb alone: run `chmod 600 {names}`.")
    for path in (*_secret(config), config.instance / "config.toml"):  # that one is the operator's
        if _is_open(path):
            log.warning("others on this machine may open %s", path)


def _secret(config: Config) -> Iterator[Path]:
    if not config.keys:
        yield config.key_file
    if database := engines.file_of(config.database):
        yield from (database.with_name(f"{database.name}{tail}") for tail in ("", "-wal", "-shm"))
    yield from (config.instance / name for name in ("journal-heads", "setup-link"))


def _is_open(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:  # it is not there, or whoever opens it says why not
        return False
    return stat.S_ISREG(mode) and bool(mode & _OTHERS)


def _is_mounted(path: Path, instance: Path) -> bool:
    """Whether it comes from elsewhere: by its path, by a link, or by a mount."""
    inside = path.resolve().is_relative_to(instance.resolve())
    return not inside or path.stat().st_dev != instance.stat().st_dev


def make(path: Path) -> None:
    """An empty file that is nobody else's, unless there is one."""
    path.touch(mode=0o600, exist_ok=True)
