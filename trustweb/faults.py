"""Errors outside the program (settings, database, files), as one sentence for the operator."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trustweb.config import ConfigError

# sqlite3.Error too: an error in a "connect" event passes through SQLAlchemy unchanged.
DATABASE = (DBAPIError, PoolTimeout, ArgumentError, sqlite3.Error)
EXPECTED = (ConfigError, *DATABASE, OSError)


def sentence(error: Exception) -> str:
    """Return an error as one sentence, without the statement and its values, which SQLAlchemy's message has."""
    if isinstance(error, ConfigError):
        return str(error)
    if isinstance(error, OSError):
        what = error.strerror or str(error)
        return f"{error.filename}: {what}." if error.filename else f"{what}."
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"The database cannot be used: {said.rstrip('.')}."
