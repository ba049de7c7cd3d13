"""Approximate places of network addresses, from a GeoIP database that the operator provides."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale

from trustweb.config import Config, ConfigError


class Places:
    """Look-up of places by network address."""

    def __init__(self, config: Config) -> None:
        """Open the database, if there is one. Raises ConfigError when it cannot be read."""
        self._reader: Any = _open(config.geoip) if config.geoip else None
        # Depends on the address and the language, and on the database as it was at start.
        self.find = lru_cache(maxsize=4096)(self._find)

    def _find(self, address: str, language: str) -> tuple[str, str]:
        """Return the city and the country in a language, each "" when unknown."""
        if self._reader is None or not address:
            return "", ""
        try:
            found = self._reader.get(address)
        except (ValueError, RuntimeError):  # IPv6 in a database for IPv4, or a damaged one: the page works without
            return "", ""
        names = _part(_part(found, "city"), "names")
        country = _part(found, "country").get("iso_code")
        city = names.get(language) or names.get("en") or ""
        return city, Locale.parse(language, sep="-").territories.get(country, "")


def _open(path: str) -> Any:
    import maxminddb

    try:
        return maxminddb.open_database(path)
    except OSError as error:
        raise ConfigError(f"TRUSTWEB_GEOIP names {path}, which cannot be read: {error.strerror}.") from None
    except (ValueError, RuntimeError):
        raise ConfigError(f"TRUSTWEB_GEOIP names {path}, which is no database of MaxMind's format.") from None


def _part(record: Any, name: str) -> dict[str, Any]:
    found = record.get(name) if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}
