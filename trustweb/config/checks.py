"""Checks of a whole configuration: of settings that have a form of their own, and of settings together."""

from __future__ import annotations

import re

from babel import Locale, UnknownLocaleError

from trustweb import origins
from trustweb.config.config import Config
from trustweb.config.values import ConfigError, networks, time_zones


def public_url(text: str) -> str:
    """Return the URL as browsers spell it; otherwise they would be redirected for ever. Raises ConfigError."""
    if text.strip().endswith("/"):
        raise ConfigError("TRUSTWEB_PUBLIC_URL must not end with a slash.")
    try:
        return origins.origin(text)
    except ValueError:
        # Without its text, which may have a password before the host.
        raise ConfigError(
            "TRUSTWEB_PUBLIC_URL must be like https://account.example.com: a scheme, a host as browsers know it, at "
            "most a port, and nothing else."
        ) from None


def check(config: Config) -> None:
    """Refuse a configuration that cannot work, or is not safe. Raises ConfigError with one sentence."""
    _check_queue(config.queue_url)
    if not config.database.startswith(("sqlite:", "postgresql+psycopg:", "postgresql:")):
        raise ConfigError("TRUSTWEB_DATABASE_URL must begin with sqlite: or postgresql+psycopg:.")
    if not config.secure and not config.local and not config.insecure:
        raise ConfigError(
            "TRUSTWEB_PUBLIC_URL must begin with https:// (http:// is for localhost; "
            "TRUSTWEB_INSECURE=1 allows it elsewhere, and then anybody on the way can read passwords)."
        )
    for region in config.allowed_countries:
        if not re.fullmatch("[A-Z]{2}", region):
            raise ConfigError(f"TRUSTWEB_COUNTRIES names {region}, which is not a country's two letters.")
    for service in config.service_names:
        if not re.fullmatch("[a-z0-9-]{1,32}", service):
            raise ConfigError(f"TRUSTWEB_SERVICES names {service!r}; a service has small letters, digits and dashes.")
    try:
        networks(config.trusted_peers)
    except ValueError as error:
        raise ConfigError(f"TRUSTWEB_TRUSTED_PEERS must be networks such as 127.0.0.0/8: {error}.") from None
    if config.time_zone not in time_zones():
        raise ConfigError(f"TRUSTWEB_TIME_ZONE is {config.time_zone}, and there is no such time zone.")
    try:
        Locale.parse(config.language, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ConfigError(f"TRUSTWEB_LANGUAGE is {config.language}, and there is no such language.") from None
    if config.demo and not config.local:
        raise ConfigError("TRUSTWEB_DEMO=1 shows everybody's codes, so it needs a public URL on localhost.")


def _check_queue(url: str) -> None:
    if not url.startswith(("memory:", "redis://", "rediss://", "unix://", "postgresql")):
        raise ConfigError("TRUSTWEB_QUEUE_URL must begin with memory:, redis:// or postgresql://.")
    if not url.partition("://")[2].rpartition("@")[2].partition("/")[0].isascii():  # Python would resolve strasse
        raise ConfigError("TRUSTWEB_QUEUE_URL must name its host as the DNS does, xn--strae-oqa for straße.")
