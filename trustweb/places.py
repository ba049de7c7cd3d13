"""Where a network address is, roughly, as a database says that the operator gives."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale

from trustweb.config import Config, ConfigError


class Places:
    def __init__(self, config: Config) -> None:
        """Raises ConfigError when there is a database and it cannot be read."""
        self._reader: Any = _open(config.geoip) if config.geoip else None
        # By the address and the language, and the database as it was at the start.
        self.find = lru_cache(maxsize=4096)(self._find)

    def _find(self, address: str, language: str) -> tuple[str, str]:
        """The city and the country in a language; "" for what nobody knows."""
        if self._reader is None or not address:
            return "", ""
        try:
            found = self._reader.get(address)
        except (ValueError, RuntimeError):  # another kind of address, or a damaged database: no reason to show no page
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
