"""What goes wrong outside the program, in the one sentence that an operator reads of it."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trustweb.config import ConfigError

# SQLAlchemy passes the driver's own error on from where a connection is prepared.
DATABASE = (DBAPIError, PoolTimeout, ArgumentError, sqlite3.Error)
EXPECTED = (ConfigError, *DATABASE, OSError)


def sentence(error: Exception) -> str:
    """Without the statement and its values, which SQLAlchemy's own words have."""
    if isinstance(error, ConfigError):
        return str(error)
    if isinstance(error, OSError):
        what = error.strerror or str(error)
        return f"{error.filename}: {what}." if error.filename else f"{what}."
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"The database cannot be used: {said.rstrip('.')}."
