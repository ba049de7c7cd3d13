"""The language, the translations and the time zone of a page."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.localedata import locale_identifiers
from babel.support import Translations
from flask import g, request
from markupsafe import Markup

from trustweb.config import time_zones
from trustweb.delivery.messages import TRANSLATIONS, languages
from trustweb.web.base.site import core
from trustweb.web.base.visitors import visitor

_LOCALES = frozenset(locale_identifiers())
_NAMES = {"en": "English", "de": "Deutsch"}


# Depends on the installed catalogues.
@lru_cache(maxsize=1)
def available() -> tuple[str, ...]:
    return tuple(languages())


def choices() -> list[tuple[str, str]]:
    return [(tag, _NAMES.get(tag, tag)) for tag in available()]


# Depends on the zones of this machine.
@lru_cache(maxsize=1)
def zones() -> list[tuple[str, str]]:
    return [(zone, zone) for zone in sorted(time_zones())]


def selected() -> str:
    """Return the account's language, else the best of those that the browser asks for."""
    who = visitor()
    if who is not None and who.account.language in available():
        return who.account.language
    return request.accept_languages.best_match(available(), core().config.language) or "en"


class _Words(dict[str, Markup]):
    """A language's sentences, each translated and marked as safe once, since a page needs dozens."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.catalog = Translations.load(TRANSLATIONS, [language])

    def __missing__(self, text: str) -> Markup:
        self[text] = found = Markup(self.catalog.gettext(text))  # noqa: S704 - our own words, and translators'
        return found

    def say(self, text: str, **values: Any) -> Markup:
        """Translate a sentence for a template's ``_()``. Values are escaped, sentences are not."""
        return self[text] % values if values else self[text]


# Depends on the language, one of ``available()``. What it keeps are our sentences, as templates name them, and no
# request's values.
_words_of = lru_cache(maxsize=32)(_Words)


def words() -> _Words:
    here = g._get_current_object()  # once: each access through the proxy costs ten times as much
    if "words" not in here:
        here.words = _words_of(selected())
    return cast("_Words", here.words)


def translate(text: str, **values: Any) -> Markup:
    """Translate a sentence outside a page's own context, as in macros that are loaded once."""
    return words().say(text, **values)


def translate_plural(one: str, many: str, num: int, **values: Any) -> Markup:
    found = Markup(words().catalog.ngettext(one, many, num))  # noqa: S704 - our own words, and translators'
    return found % ({"num": num} | values)


def calendar() -> tuple[tzinfo, str]:
    """Return the person's time zone, and the locale in which the page writes dates.

    The locale is the page's language with the browser's country: 12 March in Britain, March 12 in the United States.
    """
    here = g._get_current_object()
    if "calendar" not in here:
        who = visitor()
        zone = ZoneInfo(who.account.time_zone if who is not None else core().config.time_zone)
        here.calendar = zone, _regional(words().language, asked_for())
    return cast("tuple[tzinfo, str]", here.calendar)


def _regional(language: str, tags: list[str]) -> str:
    for tag in tags:
        spoken, _, region = tag.partition("-")
        if spoken.lower() == language and (name := f"{language}_{region.upper()}") in _LOCALES:
            return name
    return language


def asked_for() -> list[str]:
    """Return the language tags that the browser asks for, best first. They may name a country too."""
    return [tag for tag, _ in request.accept_languages]
