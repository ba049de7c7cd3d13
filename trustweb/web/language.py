"""The language and the time zone of a page."""

from __future__ import annotations

from functools import lru_cache

from flask import request

from trustweb.delivery.messages import languages
from trustweb.web.visitors import core, visitor

_NAMES = {"en": "English", "de": "Deutsch"}


@lru_cache(maxsize=1)
def available() -> tuple[str, ...]:
    return tuple(languages())


def choices() -> list[tuple[str, str]]:
    return [(tag, _NAMES.get(tag, tag)) for tag in available()]


def selected() -> str:
    """The account's language, else the best of what the browser asks for."""
    who = visitor()
    if who is not None and who.account.language in available():
        return who.account.language
    return request.accept_languages.best_match(available(), core().config.language) or "en"


def time_zone() -> str | None:
    who = visitor()
    return who.account.time_zone if who is not None else None


def asked_for() -> list[str]:
    """What the browser asks for, best first; it hints at the country too."""
    return [tag for tag, _ in request.accept_languages]
