"""The definition of a service by its operator, checked before it becomes a row; a fault is one sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from trustweb.config import Config, ConfigError
from trustweb.models import ServiceView
from trustweb.services import addresses, policy
from trustweb.typed import one_line

NAME = re.compile("[a-z0-9-]{1,32}")
GROUP = re.compile("[a-z0-9-]{1,64}")
_SPAN = re.compile("([0-9]{1,9})([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SHORTEST, _LONGEST = 60, 366 * 86400
_MOST = 50
_USERS = ("id", "name")
_PKCE = ("required", "optional")
KEYS = {
    "title": "title",
    "oidc": "oidc",
    "redirect-uri": "redirect_uris",
    "logout-redirect-uri": "logout_redirect_uris",
    "logout-uri": "logout_uri",
    "public": "public",
    "pkce": "pkce",
    "consent": "asks_consent",
    "read-by": "read_by",
    "browser": "browser",
    "origin": "origin",
    "program": "program",
    "needs": "needs",
    "within": "within",
    "group": "groups",
    "user": "user_is",
}
"""The columns by the names that they have in commands and files."""
_OF_OIDC = ("redirect-uri", "logout-redirect-uri", "logout-uri", "public", "pkce", "consent", "read-by")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A service as its operator wants it; the fields are named as its row's."""

    name: str
    title: str = ""
    oidc: bool = False
    browser: bool = False
    program: bool = False
    needs: str = policy.NEEDS[0]
    within: int | None = None
    groups: tuple[str, ...] = ()
    user_is: str = "id"
    asks_consent: bool = False
    public: bool = False
    pkce: str = "required"
    redirect_uris: tuple[str, ...] = ()
    logout_redirect_uris: tuple[str, ...] = ()
    logout_uri: str | None = None
    origin: str | None = None
    read_by: tuple[str, ...] = ()

    def said(self) -> dict[str, Any]:
        """Return what differs from the defaults, by the names of commands and files."""
        plain = {each.name: each.default for each in fields(self)}
        values = {key: getattr(self, field) for key, field in KEYS.items() if getattr(self, field) != plain[field]}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def of(service: ServiceView) -> Definition:
    """Return the definition that a service has now."""
    values: dict[str, Any] = {each.name: getattr(service, each.name) for each in fields(Definition)}
    plain: dict[str, Any] = {each: tuple(value) if isinstance(value, list) else value for each, value in values.items()}
    return Definition(**plain)


def read_file(text: str, config: Config) -> list[Definition]:
    """Read a TOML of services, a table each. Raises ConfigError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The file is no TOML: {error}.") from None
    for name, values in tables.items():
        if not isinstance(values, dict):
            raise ConfigError(f"{name} stands outside a table; a service is a table, such as [photos].")
    definitions = [read(name, values, config) for name, values in tables.items()]
    if not definitions:
        raise ConfigError("The file names no service; one is a table, such as [photos].")
    return definitions


def read(name: str, values: Mapping[str, Any], config: Config) -> Definition:
    """Read a service from the values that a command or a file has for it. Raises ConfigError."""
    require_name(name)
    try:
        return _read(name, {key.replace("_", "-"): value for key, value in values.items()}, config)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}.") from None


def require_name(name: str) -> None:
    """Refuse a name that no service can have. Raises ConfigError."""
    if not NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of a service: small letters, digits and dashes, 32 at most.")


def require_group(name: str) -> None:
    """Refuse a name that no group can have. Raises ConfigError."""
    if not GROUP.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of a group: small letters, digits and dashes, 64 at most.")


def _read(name: str, values: Mapping[str, Any], config: Config) -> Definition:
    for key in values:
        if "secret" in key or key == "client-id":
            raise ValueError(f"take {key} out; the site makes it, and shows it once")
        if key not in KEYS:
            raise ValueError(f"there is no {key}; there are {', '.join(KEYS)}")
    public = _flag(values, "public")
    found = Definition(
        name=name,
        title=_title(_text(values, "title") or ""),
        oidc=_flag(values, "oidc"),
        browser=_flag(values, "browser"),
        program=_flag(values, "program"),
        needs=_choice(values, "needs", policy.NEEDS),
        within=_within(values.get("within")),
        groups=_each(values, "group", _group),
        user_is=_choice(values, "user", _USERS),
        asks_consent=_flag(values, "consent"),
        public=public,
        pkce=_choice(values, "pkce", _PKCE),
        redirect_uris=_each(values, "redirect-uri", lambda uri: addresses.redirect(uri, public=public)),
        logout_redirect_uris=_each(values, "logout-redirect-uri", lambda uri: addresses.redirect(uri, public=public)),
        logout_uri=_address(values, "logout-uri", addresses.logout),
        origin=_address(
            values, "origin", lambda text: addresses.site(text, config.public_host, local=config.local)
        ),
        read_by=_each(values, "read-by", _service),
    )  # fmt: skip
    _require_whole(found)
    return found


def _require_whole(found: Definition) -> None:
    if not (found.oidc or found.browser or found.program):
        raise ValueError("it needs a door: oidc, browser or program")
    if not (found.oidc or found.browser) and (found.needs != policy.NEEDS[0] or found.within):
        raise ValueError(
            "needs and within are for the doors oidc and browser; programs prove nothing but their password"
        )
    if extra := [key for key in _OF_OIDC if not found.oidc and key in found.said()]:
        raise ValueError(f"{extra[0]} belongs to the oidc door, which it has not")
    if found.oidc and not found.redirect_uris and (found.public or not found.program):
        raise ValueError(
            "the oidc door needs a redirect-uri, where the app wants people sent back to; without one it only asks "
            "about tokens, for a service with a door for programs"
        )
    if found.public and found.pkce != "required":
        raise ValueError("a public app has nothing but PKCE, so pkce is required")
    if found.browser != (found.origin is not None):
        raise ValueError("the browser door and an origin go together, such as https://photos.example.com")
    if found.name in found.read_by:
        raise ValueError("read-by names other services; its own tokens it may read anyway")


def _flag(values: Mapping[str, Any], key: str) -> bool:
    value = values.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is true or false")  # noqa: TRY004 - becomes one sentence, as the others
    return value


def _text(values: Mapping[str, Any], key: str) -> str | None:
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is a text")
    return value


def _choice(values: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str:
    value = values.get(key, choices[0])
    if value not in choices:
        raise ValueError(f"{key} is one of {', '.join(choices)}")
    return str(value)


def _each(values: Mapping[str, Any], key: str, check: Callable[[str], str]) -> tuple[str, ...]:
    value = values.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        raise ValueError(f"{key} is a text or a list of texts")
    if len(listed) > _MOST:
        raise ValueError(f"{key} has more than {_MOST}")
    return tuple(dict.fromkeys(_checked(key, each, check) for each in listed))


def _address(values: Mapping[str, Any], key: str, check: Callable[[str], str]) -> str | None:
    text = _text(values, key)
    return None if text is None else _checked(key, text, check)


def _checked(key: str, text: str, check: Callable[[str], str]) -> str:
    try:
        return check(text)
    except ValueError as error:
        raise ValueError(f"{key} {text[:100]!r} {error}") from None


def _title(text: str) -> str:
    if text != one_line(text) or len(text) > 64:
        raise ValueError("title is one line of at most 64 visible characters")
    return text


def _group(name: str) -> str:
    if not GROUP.fullmatch(name):
        raise ValueError("must be small letters, digits and dashes, 64 at most")
    return name


def _service(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError("must be a service's name")
    return name


def _within(value: Any) -> int | None:
    if value is None:
        return None
    parts = _SPAN.fullmatch(str(value)) if isinstance(value, str | int) and value is not True else None
    seconds = int(parts[1]) * _SECONDS[parts[2]] if parts else 0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError("within is a time such as 900, 15m, 1h or 30d, a minute at least and a year at most")
    return seconds
