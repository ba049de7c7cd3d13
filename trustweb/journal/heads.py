"""The heads file outside the database, with a JSON line for every entry.

It reveals a restored backup or a tail that was cut off: the file has newer entries than the database.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from trustweb.config import ConfigError

NAME = "journal-heads"
log = logging.getLogger(__name__)


class Head(NamedTuple):
    """A line of the file: an entry's number, MAC and time (ISO 8601, UTC)."""

    account_id: int
    seq: int
    mac: str
    at: str


# Depends on the instance folder, a setting.
@cache
def path_in(instance: Path) -> Path:
    return instance / NAME


def append(path: Path, account_id: int, seq: int, mac: str, at: datetime) -> None:
    """Append a line. The change is committed by now, so a file that cannot be written is logged and raises nothing."""
    head = Head(account_id, seq, mac, at.astimezone(UTC).isoformat())
    line = json.dumps(head._asdict()) + "\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())  # in one call, so that lines of several processes do not mix
        finally:
            os.close(descriptor)
    except OSError as error:
        log.error("journal-heads cannot be written: %s", error.strerror)  # noqa: TRY400 - the sentence says it all


def read(path: Path) -> Iterator[Head]:
    """Read the lines of the file; none when it does not exist. A line that a full disk truncated is skipped.

    Raises ConfigError when it cannot be read.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            for line in file:
                with suppress(ValueError, TypeError):
                    head = Head(**json.loads(line))
                    if all(isinstance(each, int) and 0 <= each < 2**63 for each in head[:2]):
                        yield head._replace(mac=str(head.mac), at=str(head.at))
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
