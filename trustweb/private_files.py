"""File permissions: secret files in the instance folder must be readable by their owner alone."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from trustweb import engines
from trustweb.config import Config, ConfigError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
log = logging.getLogger(__name__)


def check(config: Config) -> None:
    """Check the modes of secret files. Raises ConfigError for one in the instance folder that other users may open.

    Files from elsewhere are only logged: the operator of a container may be unable to choose the mode of its secrets.
    """
    instance = config.instance
    inside = [path for path in _secret(config) if _is_open(path) and not _is_mounted(path, instance)]
    if inside:
        names = shlex.join(str(path) for path in inside)
        raise ConfigError(f"Others on this machine may open what is for Trustweb alone: run `chmod 600 {names}`.")
    for path in (*_secret(config), config.instance / "config.toml"):  # the operator wrote the latter
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
    except OSError:  # it does not exist, or opening it will report the error
        return False
    return stat.S_ISREG(mode) and bool(mode & _OTHERS)


def _is_mounted(path: Path, instance: Path) -> bool:
    """Return True if a file comes from elsewhere: by its path, by a symbolic link, or by a mount."""
    inside = path.resolve().is_relative_to(instance.resolve())
    return not inside or path.stat().st_dev != instance.stat().st_dev


def make(path: Path) -> None:
    """Create an empty file with mode 0600, unless it exists."""
    path.touch(mode=0o600, exist_ok=True)


def read_own(path: Path) -> bytes:
    """Read a file that nobody else can have written.

    Raises PermissionError when another user may have, and other OSErrors.
    """
    # Open first and check the open file: a path could lead to another file between a check and the open.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
        if not is_ours or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(errno.EPERM, "somebody else may have written it", str(path))
        return file.read()


def replace(path: Path, data: bytes) -> None:
    """Replace a file's content atomically, with mode 0600."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
