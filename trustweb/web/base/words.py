"""The filters and globals of templates: masked numbers, times, waits, places and the kind of a refusal."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from babel import dates
from flask import Flask
from jinja2 import Environment
from markupsafe import Markup

from trustweb import one_time_code, phone_numbers
from trustweb.web.base import assets, forms, language, templates, way
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import device_cookies
from trustweb.web.base.visitors import visitor
from trustweb.work import Refused


def register(app: Flask) -> None:
    equip(app.jinja_env)
    app.context_processor(_always)


def equip(environment: Environment) -> None:
    """Give templates their filters and what they share."""
    environment.filters.update(
        mask=phone_numbers.mask,
        international=phone_numbers.international,
        issuer_shown=one_time_code.issuer_shown,
        kind=kind,
        moment=moment,
        day=day,
        place=place,
    )
    shared = environment.globals
    shared.update(asset=assets.url, seconds_until=seconds_until, wait=wait, form_token=forms.field)
    shared.update(_=language.translate, gettext=language.translate, ngettext=language.translate_plural)
    shared[templates.SENTENCES] = _Sentences()
    # Modules that are loaded once: importing them in each template costs as much as a query.
    for name in ("pieces", "refusals"):
        shared[name] = environment.get_template(f"_{name}.html").module
    pieces: Any = shared["pieces"]
    # Depends on its arguments alone, so the result is kept. ``typed``: a text that is marked as safe and an equal one
    # that is not give different results, since only the second is escaped.
    pieces.go = lru_cache(maxsize=4096, typed=True)(pieces.go)
    shared["icons"] = _Icons(pieces)


class _Icons(dict[str, Markup]):
    """The icons, each rendered once, by their names in our templates."""

    def __init__(self, pieces: Any) -> None:
        super().__init__()
        self._pieces = pieces

    def __missing__(self, name: str) -> Markup:
        self[name] = drawn = self._pieces.icon(name)
        return cast("Markup", drawn)


class _Sentences:
    """The sentences in the current page's language, for modules that are loaded once for all languages."""

    def __getitem__(self, sentence: str) -> Markup:
        return language.words()[sentence]


def _always() -> dict[str, Any]:
    """Return the variables that every template has."""
    here, words = core(), language.words()
    return {
        "visitor": visitor(),
        "site_name": here.config.site_name,
        "language": words.language,
        "_": words.say,
        templates.SENTENCES: words,
        templates.WAY: way.path(),
        "service": way.service(),
        "request_path": way.path(),
        "device": bool(device_cookies()),
        "handset": here.config.demo and "handset" in here.routes,
    }


def kind(refusal: Refused | None) -> str:
    """Return the name of a refusal's class, by which templates choose the sentence."""
    return type(refusal).__name__ if refusal is not None else ""


def seconds_until(moment: datetime) -> int:
    return max(0, math.ceil((moment - core().database.now()).total_seconds()))


def wait(moment: datetime) -> Markup:
    """Return the time until a moment in words, rounded up to seconds, minutes or hours."""
    seconds = seconds_until(moment)
    if seconds <= 90:
        return language.translate_plural("%(num)d second", "%(num)d seconds", seconds)
    if seconds <= 90 * 60:
        return language.translate_plural("%(num)d minute", "%(num)d minutes", math.ceil(seconds / 60))
    return language.translate_plural("%(num)d hour", "%(num)d hours", math.ceil(seconds / 3600))


def place(address: str) -> Markup:
    """Return the approximate place of a network address in words; empty when it is unknown."""
    city, country = core().places.find(address, language.words().language)
    name = ", ".join(filter(None, (city, country)))
    if city:
        return language.translate("near %(place)s (approximate)", place=name)
    return language.translate("in %(place)s (approximate)", place=name) if name else Markup()


def day(moment: datetime) -> str:
    zone, locale = language.calendar()
    return _day(moment.astimezone(zone).date(), locale)


# Depends on the day and the locale alone.
@lru_cache(maxsize=4096)
def _day(date: date, locale: str) -> str:
    return dates.format_date(date, "long", locale)


def moment(at: datetime) -> Markup:
    zone, locale = language.calendar()
    # Without its zone: the same moment in two zones is an equal key, and the cache would return the other zone's text.
    local = at.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)
    return _moment(local, locale, language.words().language)


# Depends on its arguments alone; the language is one of them because the sentence is translated.
@lru_cache(maxsize=4096)
def _moment(at: datetime, locale: str, _language: str) -> Markup:
    time = dates.format_time(at, "short", locale=locale)
    return language.translate("%(day)s at %(time)s", day=_day(at.date(), locale), time=time)
